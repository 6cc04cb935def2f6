#include "admin/stats_text.hpp"

#include <nlohmann/json.hpp>

#include "admin/json_field.hpp"
#include "admin/terminal_text.hpp"
#include "core/drop_reason.hpp"
#include "core/human.hpp"

namespace upptpd::admin {
namespace {

constexpr std::size_t kNames = 18;

std::string line(const std::string& name, const std::string& value, std::string_view words = {}) {
  constexpr std::size_t kValues = 12;
  std::string text = "  " + left(name, kNames) + right(value, kValues);
  if (!words.empty()) text.append("  ").append(words);
  return text + "\n";
}

std::string line(const std::string& name, const nlohmann::json& object, const char* key,
                 std::string_view words = {}) {
  return line(name, std::to_string(number_of(object, key)), words);
}

std::string_view explain_refusal(std::string_view reason) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"unknown_user", "there is no such user"},
      {"other_server", "the user is one of another server name"},
      {"wrong_password", "the password is not the user's"},
      {"lan_manager_only", "the client sent no NT response"},
      {"needs_clear_secret", "CHAP-MD5, and only a hash is known ($NT$)"},
      {"method_not_allowed", "not by this method (auth=)"},
      {"outside_hours", "not at this hour (hours=)"},
      {"disabled", "the user's line says so"},
      {"password_expired", "its last day is over (expires=)"},
      {"bad_new_password", "a new password could not be stored"},
      {"unusable_entry", "the user's line is wrong: upptpd check"},
      {"already_connected", "the user has a session (auth.same_user)"},
      {"address_blocked", "too many from there failed (limits.*)"},
      {"no_answer", "the user database did not answer"},
      {"no_common_method", "no login method in common (auth.methods)"}};
  for (const auto& [name, words] : kWords) {
    if (name == reason) return words;
  }
  return {};
}

std::string_view explain_connection(std::string_view name) {
  if (name == "blocked") return "too many logins from there failed (limits.*)";
  if (name == "crowded_out") return "without a login, later ones came";
  if (name == "not_allowed") return "not from there (limits.allow, limits.deny)";
  return {};
}

std::string_view explain_drop(std::string_view name) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(DropReason::count_); ++i) {
    const auto reason = static_cast<DropReason>(i);
    if (to_string(reason) == name) return explain(reason);
  }
  return {};
}

/// A line for each reason that occurred, under a heading; nothing if none did.
std::string reasons(const std::string& heading, const nlohmann::json& counts,
                    std::string_view (*explain)(std::string_view)) {
  std::string lines;
  for (const auto& [reason, count] : counts.items()) {
    const std::uint64_t number = number_in(count);
    if (number == 0) continue;
    lines += line(shown(reason, kNames), std::to_string(number), explain(reason));
  }
  return lines.empty() ? lines : "\n" + heading + "\n" + lines;
}

std::string traffic_line(const std::string& name, const nlohmann::json& traffic,
                         const char* bytes_key, const char* packets_key) {
  return line(name, human_size(number_of(traffic, bytes_key)),
              std::to_string(number_of(traffic, packets_key)) + " packets");
}

}  // namespace

std::string stats_text(const nlohmann::json& stats) {
  const nlohmann::json& sessions = member(stats, "sessions");
  const nlohmann::json& logins = member(stats, "logins");
  const nlohmann::json& traffic = member(stats, "traffic");
  std::string text = "Running since " + shown(text_of(stats, "since"), 20) + ", " +
                     human_duration(number_of(stats, "up_s")) + ".\n";
  text += "\nSESSIONS\n" + line("now", sessions, "now") + line("at most", sessions, "at_most") +
          line("in all", sessions, "in_all");
  text += "\nLOGINS\n" + line("accepted", logins, "accepted");
  text += reasons("LOGINS REFUSED", member(logins, "refused"), explain_refusal);
  text += "\nCALLS\n" + line("refused", stats, "calls_refused", "the client heard \"busy\"");
  text += reasons("CONNECTIONS REFUSED", member(stats, "connections_refused"), explain_connection);
  text += "\nTRAFFIC\n" + traffic_line("from clients", traffic, "bytes_in", "packets_in") +
          traffic_line("to clients", traffic, "bytes_out", "packets_out");
  text += reasons("PACKETS DROPPED", member(stats, "drops"), explain_drop);
  return text;
}

}  // namespace upptpd::admin
