// What the words after `--` on a user's line say: they override the configuration for this user.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auth/login_hours.hpp"
#include "core/ip_address.hpp"
#include "ppp/auth_method.hpp"
#include "ppp/encryption_policy.hpp"

namespace upptpd::auth {

/// Where a user is in the network.
struct UserNetwork {
  /// pool=office; empty: the pool of all.
  std::string pool;
  /// allow=10.0.0.0/8,192.168.1.5: what he may reach. Empty: everything.
  std::vector<Ipv4Network> allow;
  /// routes=10.5.0.0/16: what lies behind him.
  std::vector<Ipv4Network> routes;
};

struct UserOptions {
  /// auth=mschapv2,mschap: never `none`, since who is named logs in. Empty: as configured.
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
  /// hours=Wk0800-1800; null: always. Behind a pointer, since most have none.
  std::shared_ptr<const LoginHours> hours;
  /// Null: none of its words. For the same reason.
  std::shared_ptr<const UserNetwork> network;

  /// The policy for this user, where the configuration has that one.
  [[nodiscard]] ppp::EncryptionPolicy applied_to(ppp::EncryptionPolicy policy) const;
  /// Whether these words alone keep every login out: required encryption without a method that
  /// yields keys for it.
  [[nodiscard]] bool contradict() const;
  /// The words that say this, in the order of the members.
  [[nodiscard]] std::vector<std::string> words() const;
};

/// From 1 to 32 letters, digits, '-' or '_'.
bool is_pool_name(std::string_view name);

/// What the word that expires a password begins with.
inline constexpr std::string_view kExpiresWord = "expires=";

/// The options, or what is wrong with a word: such a line must not be used, since a restriction
/// would be lost. Names a word only where it is one of ours, never its value: any word may be half
/// a password.
Result<UserOptions> parse_user_options(std::span<const std::string> words);

}  // namespace upptpd::auth
