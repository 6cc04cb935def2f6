// upptpd user add|passwd|remove|list: edits the secrets file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/secrets_editor.hpp"
#include "core/result.hpp"

namespace CLI {
class App;
}

namespace upptpd::apps {

class UserCommand {
 public:
  /// Defines what may stand behind `user` on the command line.
  explicit UserCommand(CLI::App& user);
  // The command line has the addresses of the members.
  UserCommand(const UserCommand&) = delete;
  UserCommand& operator=(const UserCommand&) = delete;

  /// The file that the command line names; empty where the configuration does.
  [[nodiscard]] const std::string& secrets() const { return secrets_; }

  /// Does what the command line says to the file at `path`, and returns the exit status.
  [[nodiscard]] int run(const std::string& path) const;

 private:
  [[nodiscard]] Result<auth::SecretsEdit> add(const std::string& path) const;
  [[nodiscard]] Result<auth::SecretsEdit> set_password(const std::string& path) const;
  [[nodiscard]] Result<auth::SecretsEdit> remove(const std::string& path) const;
  [[nodiscard]] int list(const std::string& path) const;

  CLI::App* add_;
  CLI::App* passwd_;
  CLI::App* list_;
  std::string secrets_;
  std::string name_;
  std::optional<std::string> server_;
  std::vector<std::string> addresses_ = {"*"};
  bool as_json_ = false;
  bool as_hash_ = false;
  bool as_clear_ = false;
};

}  // namespace upptpd::apps
