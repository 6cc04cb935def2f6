// The server's command line.
#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "apps/user_command.hpp"
#include "config/check.hpp"
#include "config/toml_file.hpp"
#include "config/weaker_choices.hpp"
#include "server/config_file.hpp"
#include "server/hook_programs.hpp"
#include "server/secrets_store.hpp"
#include "server/server.hpp"

namespace upptpd {
namespace {

void print(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::cerr << line << "\n";
}

/// The text of the configuration, or nothing after it was printed why not.
std::optional<std::string> read(const std::string& path) {
  auto text = server::read_config_file(path);
  if (text) return std::move(*text);
  std::cerr << "upptpd: " << text.error().message << "\n";
  return {};
}

/// What the configuration says, or nothing after everything wrong with it was printed.
std::optional<config::Config> load(const std::string& path) {
  const auto text = read(path);
  if (!text) return {};
  auto checked = server::check_config(*text, path);
  print(checked ? checked->warnings : checked.error());
  if (!checked) return {};
  return std::move(checked->config);
}

int serve(const std::string& path, bool simple_path) {
  auto config = load(path);
  if (!config) return 1;
  config->server.simple_path = simple_path;
  observe::Log log;
  const auto served = server::serve(*config, path, log);
  if (!served) {
    std::cerr << "upptpd: " << served.error().message << "\n";
    return 1;
  }
  return 0;
}

/// Notes: what was chosen is no mistake.
void print_weaker_choices(const config::Config& config, const std::string& path,
                          const auth::SecretsFile& users) {
  for (const config::WeakerChoice& choice :
       config::weaker_choices(config, config::user_lines(users))) {
    const std::string place =
        choice.line == 0 ? path : config.auth.secrets + ":" + std::to_string(choice.line);
    std::cerr << place << ": note: " << choice.to_string() << "\n";
  }
}

int check(const std::string& path) {
  const auto config = load(path);
  if (!config) return 1;
  auto secrets = server::SecretsStore::open(config->auth.secrets);
  if (!secrets) {
    std::cerr << secrets.error().message << "\n";
    return 1;
  }
  bool good = true;
  for (const auto& notice : secrets->take_notices()) {
    std::cerr << notice.message << "\n";
    if (notice.severity == auth::Diagnostic::Severity::error) good = false;
  }
  for (const config::Problem& problem : config::find_user_problems(*config, *secrets->current())) {
    std::cerr << problem.to_string() << "\n";
  }
  for (const std::string& hook : server::unusable_hooks(config->hooks)) {
    std::cerr << path << ": warning: " << hook << "\n";
  }
  print_weaker_choices(*config, path, *secrets->current());
  if (good) std::cout << path << ": ok\n";
  return good ? 0 : 1;
}

int edit_users(const apps::UserCommand& command, const std::string& path) {
  if (!command.secrets().empty()) return command.run(command.secrets());
  const auto text = read(path);
  if (!text) return 1;
  // Values that do not fit together are no reason not to edit users.
  const auto config = config::parse_toml(*text, path);
  if (config) return command.run(config->auth.secrets);
  for (const config::Problem& problem : config.error()) std::cerr << problem.to_string() << "\n";
  return 1;
}

}  // namespace
}  // namespace upptpd

int main(int argc, char** argv) try {
  CLI::App app("upptpd, a PPTP VPN server that needs nothing but a stock Linux kernel");
  app.set_version_flag("--version", "upptpd " UPPTPD_VERSION);
  app.require_subcommand(1);
  std::string path = "/etc/upptpd/upptpd.toml";
  auto* serve =
      app.add_subcommand("serve", "Serve in the foreground, with the log on standard error");
  auto* check = app.add_subcommand("check", "Check the configuration and the secrets file");
  auto* user = app.add_subcommand("user", "Edit the secrets file");
  upptpd::apps::UserCommand users(*user);
  for (auto* command : {serve, check, user}) {
    command->add_option("--config", path, "The configuration file")->capture_default_str();
  }
  bool simple_path = false;
  // For tests and benchmarks: not in the help.
  serve->add_flag("--simple-path", simple_path)->group("");
  CLI11_PARSE(app, argc, argv);
  if (*user) return upptpd::edit_users(users, path);
  return *check ? upptpd::check(path) : upptpd::serve(path, simple_path);
} catch (const std::exception& failure) {
  std::cerr << "upptpd: " << failure.what() << "\n";
  return 1;
}
