// What the server gives up once everything is open: root, capabilities, and most system calls.
#pragma once

#include <string>

#include "core/result.hpp"
#include "observe/log.hpp"

namespace upptpd::server {

/// After a start as root becomes that user (config::ServerConfig::user), where this process may;
/// always keeps CAP_NET_ADMIN alone. Nothing that is executed gets more, and no other process of
/// the user may look into this one. Cannot be undone; says what it came to.
Result<void> give_up_privileges(const std::string& user, observe::Log& log);

/// From now on the kernel refuses every system call that the server does not need: to execute a
/// program, to open a file for writing, to make a socket of the Internet. (system_calls.cpp)
Result<void> restrict_system_calls();

}  // namespace upptpd::server
