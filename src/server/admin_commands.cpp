#include "server/admin_commands.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "admin/json_field.hpp"
#include "admin/terminal_text.hpp"
#include "core/bytes.hpp"
#include "core/human.hpp"
#include "core/result.hpp"

namespace upptpd::server {
namespace {

using nlohmann::json;
using Answer = Result<json>;

Answer sessions(const json& /*request*/, const AdminActions& actions) {
  return json{{"sessions", admin::to_json(actions.sessions())}};
}

/// What a text is that may be missing.
Result<std::optional<std::string>> text(const json& request, const char* key) {
  const json& value = admin::member(request, key);
  if (value.is_null() && !request.contains(key)) return std::nullopt;
  if (!value.is_string()) return fail(std::string(key) + ": must be a text");
  return value.get<std::string>();
}

Result<Kick> read_kick(const json& request) {
  const auto user = text(request, "user");
  if (!user) return tl::unexpected(user.error());
  const auto address = text(request, "address");
  if (!address) return tl::unexpected(address.error());
  const auto reason = text(request, "reason");
  if (!reason) return tl::unexpected(reason.error());
  if (user->has_value() == address->has_value()) return fail("kick: give either user or address");
  Kick kick;
  kick.reason = reason->value_or("");
  const auto is_control = [](unsigned char octet) { return octet < 0x20 || octet == 0x7f; };
  if (kick.reason.size() > kLongestKickReason || std::ranges::any_of(kick.reason, is_control)) {
    return fail("reason: must have at most " + std::to_string(kLongestKickReason) +
                " octets and no control characters");
  }
  if (user->has_value()) {
    if ((*user)->empty()) return fail("user: must not be empty");
    kick.target = **user;
    return kick;
  }
  const auto parsed = Ipv4Address::parse(**address);
  if (!parsed || !parsed->is_host()) return fail("address: must be the IPv4 address of a client");
  kick.target = *parsed;
  return kick;
}

Answer kick(const json& request, const AdminActions& actions) {
  const auto wanted = read_kick(request);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto ended = actions.kick(*wanted);
  if (!ended.empty()) return json{{"ended", admin::to_json(ended)}};
  if (const auto* address = std::get_if<Ipv4Address>(&wanted->target)) {
    return fail("no session has the address " + address->to_string());
  }
  return fail("no session of a user " + printable(std::get<std::string>(wanted->target), 256));
}

Answer stats(const json& /*request*/, const AdminActions& actions) {
  const Stats stats = actions.stats();
  const observe::Counters::Totals& totals = stats.totals;
  json refused = json::object();
  for (const auto& [reason, count] : totals.logins_refused) refused[std::string(reason)] = count;
  json drops = json::object();
  for (std::size_t i = 0; i < static_cast<std::size_t>(DropReason::count_); ++i) {
    const auto reason = static_cast<DropReason>(i);
    drops[std::string(to_string(reason))] = totals.traffic.drops[reason];
  }
  const auto of = [](const tun::PacketIo::Count& count) {
    return json{{"calls", count.calls}, {"packets", count.packets}};
  };
  const json answer = {{"since", admin::utc_text(stats.since)},
                       {"up_s", static_cast<std::uint64_t>(stats.up.count())},
                       {"sessions",
                        {{"now", totals.sessions_now},
                         {"at_most", totals.sessions_at_most},
                         {"in_all", totals.sessions_in_all}}},
                       {"logins", {{"accepted", totals.logins_accepted}, {"refused", refused}}},
                       {"calls_refused", totals.calls_refused},
                       {"connections_refused",
                        {{"blocked", stats.connections.blocked},
                         {"crowded_out", stats.connections.crowded_out},
                         {"not_allowed", stats.connections.not_allowed}}},
                       {"traffic",
                        {{"bytes_in", totals.traffic.bytes_in},
                         {"bytes_out", totals.traffic.bytes_out},
                         {"packets_in", totals.traffic.packets_in},
                         {"packets_out", totals.traffic.packets_out}}},
                       {"system_calls",
                        {{"gre_in", of(stats.io.gre_in)},
                         {"gre_out", of(stats.io.gre_out)},
                         {"tun_in", of(stats.io.tun_in)},
                         {"tun_out", of(stats.io.tun_out)},
                         {"wake_ups", stats.wake_ups}}},
                       {"drops", drops}};
  return json{{"stats", answer}};
}

Answer reload(const json& request, const AdminActions& actions) {
  const json& dry_run = admin::member(request, "dry_run");
  if (request.contains("dry_run") && !dry_run.is_boolean()) {
    return fail("dry_run: must be true or false");
  }
  const auto done = actions.reload(dry_run.is_boolean() && dry_run.get<bool>());
  if (!done) return json{{"reload", {{"errors", done.error()}}}};
  return json{{"reload",
               {{"errors", json::array()},
                {"warnings", done->warnings},
                {"changed", done->changes.taken},
                {"needs_restart", done->changes.need_restart}}}};
}

struct Command {
  std::string_view name;
  /// The keys that it takes, in words.
  std::vector<std::string_view> keys;
  Answer (*run)(const json& request, const AdminActions& actions);
};

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {{"kick", {"user", "address", "reason"}, kick},
                                           {"reload", {"dry_run"}, reload},
                                           {"sessions", {}, sessions},
                                           {"stats", {}, stats}};
  return all;
}

Result<const Command*> find_command(const json& request) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.push_back(command.name);
  const std::string known = "; the commands are " + in_words(names);
  const json& name = admin::member(request, "command");
  if (!name.is_string()) return fail("command: must be there, and a text" + known);
  for (const Command& command : commands()) {
    if (command.name == name.get_ref<const std::string&>()) return &command;
  }
  return fail("command: there is no \"" + printable(name.get<std::string>()) + "\"" + known);
}

Answer answer(const std::string& text, const AdminActions& actions) {
  const json request = json::parse(text, nullptr, false);
  if (request.is_discarded()) return fail("the request is not JSON");
  if (!request.is_object()) return fail("the request must be a JSON object");
  const auto command = find_command(request);
  if (!command) return tl::unexpected(command.error());
  for (const auto& [key, value] : request.items()) {
    if (key == "command" || std::ranges::count((*command)->keys, key) > 0) continue;
    return fail("\"" + printable(key) + "\": no such key; those of " +
                std::string((*command)->name) + " are: " + in_words((*command)->keys));
  }
  return (*command)->run(request, actions);
}

}  // namespace

std::string answer_admin_request(const std::string& request, const AdminActions& actions) {
  const Answer made = answer(request, actions);
  // User names are whatever octets the secrets file has; JSON is UTF-8.
  return (made ? *made : json{{"error", made.error().message}})
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace upptpd::server
