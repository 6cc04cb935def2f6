// Talks to a running server.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "admin/client.hpp"
#include "admin/json_field.hpp"
#include "admin/session_row.hpp"
#include "admin/stats_text.hpp"
#include "admin/terminal_text.hpp"
#include "core/ip_address.hpp"

namespace upptpd {
namespace {

using nlohmann::json;

std::string show(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

json kick_request(const std::string& target, const std::string& reason) {
  json request = {{"command", "kick"}};
  request[Ipv4Address::parse(target) ? "address" : "user"] = target;
  if (!reason.empty()) request["reason"] = reason;
  return request;
}

std::string kicked(const json& rows) {
  constexpr std::size_t kLongest = 256;
  std::string text;
  for (const json& row : rows) {
    text += "ended: " + admin::shown(admin::text_of(row, "user"), kLongest) + " at " +
            admin::shown(admin::text_of(row, "client_ip"), kLongest) + ", from " +
            admin::shown(admin::text_of(row, "peer_ip"), kLongest) + "\n";
  }
  return text;
}

void append_lines(std::string& text, const json& lines) {
  constexpr std::size_t kLongest = 1024;
  for (const json& line : lines) {
    if (line.is_string()) text += admin::shown(line.get<std::string>(), kLongest) + "\n";
  }
}

std::string joined(const json& keys) {
  std::string text;
  for (const json& key : keys) {
    if (!key.is_string()) continue;
    text += (text.empty() ? "" : ", ") + admin::shown(key.get<std::string>(), 64);
  }
  return text;
}

std::string reloaded(const json& content, bool dry_run) {
  std::string text;
  append_lines(text, admin::member(content, "errors"));
  if (!text.empty()) return text + "nothing has changed\n";
  append_lines(text, admin::member(content, "warnings"));
  const std::string changed = joined(admin::member(content, "changed"));
  const std::string restart = joined(admin::member(content, "needs_restart"));
  text += std::string(dry_run ? "would change" : "changed") + ": " +
          (changed.empty() ? "no setting" : changed) + "\n";
  if (!restart.empty()) text += "needs a restart, and stays as it was: " + restart + "\n";
  return text;
}

}  // namespace
}  // namespace upptpd

int main(int argc, char** argv) try {
  using namespace upptpd;
  CLI::App app("upptpctl, asks a running upptpd");
  app.set_version_flag("--version", "upptpctl " UPPTPD_VERSION);
  app.require_subcommand(1);
  std::string socket = "/run/upptpd/admin.sock";
  std::string target;
  std::string reason;
  bool as_json = false;
  bool dry_run = false;
  auto* sessions = app.add_subcommand("sessions", "Who is connected");
  auto* kick = app.add_subcommand("kick", "End all sessions of a user, or the one of an address");
  auto* stats = app.add_subcommand("stats", "What has happened since the start");
  auto* reload = app.add_subcommand("reload", "Have it read its configuration and users again");
  reload->add_flag("--dry-run", dry_run, "Only say what would change");
  kick->add_option("TARGET", target, "A user, or the address of a client in its tunnel")
      ->required();
  kick->add_option("--reason", reason, "A text for the client and the log");
  for (auto* command : {sessions, kick, stats, reload}) {
    command->add_option("--socket", socket, "The server's admin socket")->capture_default_str();
    command->add_flag("--json", as_json, "As JSON");
  }
  CLI11_PARSE(app, argc, argv);

  json request = {{"command", app.get_subcommands().front()->get_name()}};
  if (*kick) request = kick_request(target, reason);
  if (dry_run) request["dry_run"] = true;
  const auto answer = admin::ask(socket, request);
  if (!answer) {
    std::cerr << "upptpctl: " << answer.error().message << "\n";
    return 1;
  }
  const json& content = admin::member(
      *answer, *kick ? "ended" : request["command"].get_ref<const std::string&>().c_str());
  std::cout << (as_json   ? show(content)
                : *kick   ? kicked(content)
                : *stats  ? admin::stats_text(content)
                : *reload ? reloaded(content, dry_run)
                          : admin::to_table(content));
  return *reload && !admin::member(content, "errors").empty() ? 1 : 0;
} catch (const std::exception& failure) {
  std::cerr << "upptpctl: " << failure.what() << "\n";
  return 1;
}
