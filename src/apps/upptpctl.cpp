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
  auto* sessions = app.add_subcommand("sessions", "Who is connected");
  auto* kick = app.add_subcommand("kick", "End all sessions of a user, or the one of an address");
  auto* stats = app.add_subcommand("stats", "What has happened since the start");
  kick->add_option("TARGET", target, "A user, or the address of a client in its tunnel")
      ->required();
  kick->add_option("--reason", reason, "A text for the client and the log");
  for (auto* command : {sessions, kick, stats}) {
    command->add_option("--socket", socket, "The server's admin socket")->capture_default_str();
    command->add_flag("--json", as_json, "As JSON");
  }
  CLI11_PARSE(app, argc, argv);

  const json request =
      *kick ? kick_request(target, reason) : json{{"command", *stats ? "stats" : "sessions"}};
  const auto answer = admin::ask(socket, request);
  if (!answer) {
    std::cerr << "upptpctl: " << answer.error().message << "\n";
    return 1;
  }
  const json& content = admin::member(*answer, *kick ? "ended" : *stats ? "stats" : "sessions");
  std::cout << (as_json  ? show(content)
                : *kick  ? kicked(content)
                : *stats ? admin::stats_text(content)
                         : admin::to_table(content));
  return 0;
} catch (const std::exception& failure) {
  std::cerr << "upptpctl: " << failure.what() << "\n";
  return 1;
}
