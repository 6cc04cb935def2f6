// Talks to a running server.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "admin/client.hpp"
#include "admin/session_row.hpp"

int main(int argc, char** argv) try {
  CLI::App app("upptpctl, asks a running upptpd");
  app.set_version_flag("--version", "upptpctl " UPPTPD_VERSION);
  app.require_subcommand(1);
  std::string socket = "/run/upptpd/admin.sock";
  bool as_json = false;
  auto* sessions = app.add_subcommand("sessions", "Who is connected");
  sessions->add_option("--socket", socket, "The server's admin socket")->capture_default_str();
  sessions->add_flag("--json", as_json, "As a JSON array");
  CLI11_PARSE(app, argc, argv);

  const auto answer = upptpd::admin::ask(socket, {{"command", "sessions"}});
  if (!answer) {
    std::cerr << "upptpctl: " << answer.error().message << "\n";
    return 1;
  }
  const auto& rows = answer->at("sessions");
  std::cout << (as_json ? rows.dump(2) + "\n" : upptpd::admin::to_table(rows));
  return 0;
} catch (const std::exception& failure) {
  std::cerr << "upptpctl: " << failure.what() << "\n";
  return 1;
}
