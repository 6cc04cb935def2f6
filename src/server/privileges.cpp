#include "server/privileges.hpp"

#include <cap-ng.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace upptpd::server {
namespace {

/// libcap-ng says where it failed by a negative number, and why by errno.
Result<void> failed(const char* what, int where) {
  return fail(std::string(what) + ": " + std::strerror(errno) + " (" + std::to_string(where) + ")");
}

}  // namespace

bool can_change_user() {
  return ::geteuid() == 0 && ::capng_have_capability(CAPNG_EFFECTIVE, CAP_SETUID) != 0 &&
         ::capng_have_capability(CAPNG_EFFECTIVE, CAP_SETGID) != 0;
}

std::optional<Account> find_account(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) return {};
  return Account{name, entry->pw_uid, entry->pw_gid};
}

Result<void> drop_privileges(const std::optional<Account>& account) {
  int parent_death_signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &parent_death_signal);
  ::capng_clear(CAPNG_SELECT_ALL);
  // Routes come and go with the clients. What needed CAP_NET_RAW is open.
  ::capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                 CAP_NET_ADMIN);
  if (account) {
    const int changed =
        ::capng_change_id(static_cast<int>(account->user), static_cast<int>(account->group),
                          static_cast<capng_flags_t>(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING));
    if (changed != 0) return failed("cannot become the user of server.user", changed);
  } else {
    const int applied = ::capng_apply(CAPNG_SELECT_CAPS);
    if (applied != 0) return failed("cannot give capabilities up", applied);
  }
  // The kernel forgets it with the user.
  ::prctl(PR_SET_PDEATHSIG, parent_death_signal);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("cannot set no_new_privs", 0);
#ifdef __SANITIZE_ADDRESS__
  // LeakSanitizer looks into the process from outside.
  const int dumpable = 1;
#else
  const int dumpable = 0;
#endif
  if (::prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) != 0) return failed("cannot forbid dumps", 0);
  return {};
}

}  // namespace upptpd::server
