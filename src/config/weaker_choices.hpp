// What a configuration and its users' words choose that is weaker than the default: MS-CHAPv2, and
// MPPE-128 stateless, required. RFC 2759, RFC 3078.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "auth/secrets_file.hpp"
#include "config/config.hpp"

namespace upptpd::config {

/// The words after `--` on one line of the secrets file.
struct UserLine {
  unsigned line;
  const auth::UserOptions& options;
};

/// Of all lines that can be used; valid as long as `users`.
std::vector<UserLine> user_lines(const auth::SecretsFile& users);

struct WeakerChoice {
  /// Of the secrets file; 0: the configuration says it.
  unsigned line = 0;
  /// "auth.methods"; of a line "auth", as its word is called.
  std::string setting;
  /// "pap"
  std::string value;
  /// A sentence about what it means, without the end.
  std::string message;

  /// "auth.methods = pap: the password …", without the line.
  [[nodiscard]] std::string to_string() const;
};

/// One for each method, strength and switch, the configuration's before the users'. Each is judged
/// by itself, whether or not another setting keeps it from having an effect. Has no name and no
/// other word of the secrets file than those that were understood.
std::vector<WeakerChoice> weaker_choices(const Config& config, std::span<const UserLine> users);

}  // namespace upptpd::config
