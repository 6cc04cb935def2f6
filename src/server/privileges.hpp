// What the server gives up once everything is open: root, capabilities, and most system calls.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/result.hpp"

namespace upptpd::server {

struct Account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

/// Whether this process can become another user at all: it is root and has CAP_SETUID.
bool can_change_user();
/// The account of that name; nothing if there is none.
std::optional<Account> find_account(const std::string& name);

/// Becomes that user, if one is given, and keeps CAP_NET_ADMIN alone; nothing that is executed gets
/// more, and no other process of the user may look into this one. Cannot be undone.
Result<void> drop_privileges(const std::optional<Account>& account);

/// From now on the kernel refuses every system call that the server does not need: to execute a
/// program, to open a file for writing, to make a socket of the Internet. (system_calls.cpp)
Result<void> restrict_system_calls();

}  // namespace upptpd::server
