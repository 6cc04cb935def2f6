#include "auth/login_guard.hpp"

#include <algorithm>

namespace upptpd::auth {
namespace {

/// Enough for the longest delay.
constexpr unsigned kSlowest = LoginGuard::kLongestDelay / LoginGuard::kDelay;

/// As many are forgiven in the time of a block as there may be before it.
Duration forgiven_after(const LoginGuard::Settings& settings) {
  const unsigned failures =
      settings.failures != 0 ? settings.failures : LoginGuard::Settings().failures;
  return settings.block_time / failures;
}

unsigned most(const LoginGuard::Settings& settings) {
  return std::max(settings.failures, kSlowest);
}

}  // namespace

LoginGuard::LoginGuard(const Settings& settings)
    : settings_(settings),
      addresses_(forgiven_after(settings), most(settings)),
      users_(forgiven_after(settings), kSlowest) {}

void LoginGuard::set(const Settings& settings) {
  settings_ = settings;
  addresses_.set(forgiven_after(settings), most(settings));
  users_.set(forgiven_after(settings), kSlowest);
}

LoginGuard::Consequence LoginGuard::failed(Ipv4Address from, const std::string& user, Instant now) {
  auto& address = addresses_.add(from, now);
  const unsigned failures = std::max(address.failures, users_.add(user, now).failures);
  Consequence consequence{std::min(failures * kDelay, kLongestDelay), false};
  if (settings_.failures != 0 && address.failures >= settings_.failures) {
    consequence.blocks = true;
    address.blocked_until = now + settings_.block_time;
    address.failures = 0;
  }
  return consequence;
}

bool may_be_a_guess(LoginFailure failure) {
  switch (failure) {
    case LoginFailure::unknown_user:
    case LoginFailure::other_server:
    case LoginFailure::wrong_password:
    case LoginFailure::lan_manager_only:
    case LoginFailure::needs_clear_secret:
    case LoginFailure::unusable_entry:
      return true;
    case LoginFailure::method_not_allowed:
    case LoginFailure::outside_hours:
    case LoginFailure::disabled:
    case LoginFailure::password_expired:
    case LoginFailure::bad_new_password:
    case LoginFailure::already_connected:
    case LoginFailure::address_blocked:
    case LoginFailure::no_answer:
    case LoginFailure::refused_by_server:
    case LoginFailure::server_not_proved:
      break;
  }
  return false;
}

}  // namespace upptpd::auth
