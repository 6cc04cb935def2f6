// What the words after `--` on a user's line say: they override the configuration for this user.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auth/login_hours.hpp"
#include "ppp/auth_method.hpp"
#include "ppp/encryption_policy.hpp"

namespace upptpd::auth {

struct UserOptions {
  /// auth=mschapv2,mschap
  std::vector<ppp::AuthMethod> methods;
  /// encryption=prefer
  std::optional<ppp::EncryptionPolicy::Requirement> requirement;
  /// strengths=128,40, as MppeBits
  std::optional<std::uint32_t> strengths;
  /// stateful
  bool stateful = false;
  /// disabled
  bool disabled = false;
  /// expires=2027-01-31: the last day of the password.
  std::optional<std::chrono::year_month_day> expires;
  /// hours=Wk0800-1800
  std::optional<LoginHours> hours;

  /// The policy for this user, where the configuration has that one.
  [[nodiscard]] ppp::EncryptionPolicy applied_to(ppp::EncryptionPolicy policy) const;
};

/// The options, or what is wrong with a word: such a line must not be used, since a restriction
/// would be lost. Names a word only where it is one of ours, never its value: any word may be half
/// a password.
Result<UserOptions> parse_user_options(std::span<const std::string> words);

}  // namespace upptpd::auth
