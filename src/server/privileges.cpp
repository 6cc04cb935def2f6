#include "server/privileges.hpp"

#include <cap-ng.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>

#include "config/config.hpp"

namespace upptpd::server {
namespace {

struct Account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

/// The kernel's own, for what has no user.
constexpr uid_t kNobody = 65534;

tl::unexpected<Error> failed(const std::string& what) {
  return fail(what + ": " + std::strerror(errno));
}

bool has(unsigned capability) { return ::capng_have_capability(CAPNG_EFFECTIVE, capability) != 0; }

/// Whom to become; nobody, where we stay who we are.
Result<std::optional<Account>> account_to_run_as(const std::string& user, observe::Log& log) {
  const bool may_change = ::geteuid() == 0 && has(CAP_SETUID) && has(CAP_SETGID);
  if (user.empty() || !may_change) return std::nullopt;
  errno = 0;
  if (const passwd* entry = ::getpwnam(user.c_str())) {
    return Account{user, entry->pw_uid, entry->pw_gid};
  }
  if (errno != 0 && errno != ENOENT) return failed("cannot look the user " + user + " up");
  if (user != config::ServerConfig().user) {
    return fail("server.user: there is no user " + user + " on this host");
  }
  log.warn(observe::Line("no_user")
               .add("user", user)
               .add("message",
                    "there is no such user, so that the server runs as nobody; to have it "
                    "run as one of its own: useradd --system --shell /usr/sbin/nologin " +
                        user));
  return Account{"nobody", kNobody, kNobody};
}

Result<void> keep_one_capability(const std::optional<Account>& account) {
  ::capng_clear(CAPNG_SELECT_ALL);
  // Routes come and go with the clients. What needed CAP_NET_RAW is open.
  ::capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                 CAP_NET_ADMIN);
  if (account && ::capng_change_id(
                     static_cast<int>(account->user), static_cast<int>(account->group),
                     static_cast<capng_flags_t>(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING)) != 0) {
    return failed("cannot become the user " + account->name);
  }
  if (!account && ::capng_apply(CAPNG_SELECT_CAPS) != 0) {
    return failed("cannot give capabilities up");
  }
  return {};
}

/// What could go wrong with the above must not go unnoticed.
bool has_one_capability() {
  constexpr unsigned kOthers[] = {CAP_NET_RAW, CAP_SETUID, CAP_SYS_ADMIN, CAP_DAC_OVERRIDE};
  return ::capng_get_caps_process() == 0 && has(CAP_NET_ADMIN) &&
         std::none_of(std::begin(kOthers), std::end(kOthers), has);
}

}  // namespace

Result<void> give_up_privileges(const std::string& user, observe::Log& log) {
  if (::capng_get_caps_process() != 0) return failed("cannot look at our own capabilities");
  const auto account = account_to_run_as(user, log);
  if (!account) return tl::unexpected(account.error());
  int parent_death_signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &parent_death_signal);
  if (const auto kept = keep_one_capability(*account); !kept) return kept;
  if (!has_one_capability())
    return fail("capabilities were given up, but not those that should be");
  // The kernel forgets it with the user.
  ::prctl(PR_SET_PDEATHSIG, parent_death_signal);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("cannot set no_new_privs");
#ifdef __SANITIZE_ADDRESS__
  // LeakSanitizer looks into the process from outside.
  const int dumpable = 1;
#else
  const int dumpable = 0;
#endif
  if (::prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) != 0) return failed("cannot forbid dumps");
  log.info(observe::Line("privileges_given_up")
               .add("user", *account ? (*account)->name : "(as started)")
               .add("kept", "CAP_NET_ADMIN"));
  return {};
}

}  // namespace upptpd::server
