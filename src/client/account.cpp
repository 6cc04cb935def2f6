#include "client/account.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/human.hpp"

namespace upptpd::client {
namespace {

long long milliseconds(Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

std::string seconds_in_words(Duration time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f s", static_cast<double>(milliseconds(time)) / 1e3);
  return text.data();
}

}  // namespace

void Account::say(const char* event, const std::string& sentence, const nlohmann::json& fields) {
  if (format_ == Format::text) {
    out_ << sentence << std::endl;
    return;
  }
  nlohmann::json line = fields;
  line["event"] = event;
  out_ << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

void Account::calling(const std::string& host, Ipv4Address server, std::uint16_t port) {
  const std::string address = server.to_string();
  say("calling",
      "Calling " + host + (host == address ? "" : " (" + address + ")") + ", TCP port " +
          std::to_string(port),
      {{"host", host}, {"server_ip", address}, {"port", port}});
}

void Account::note(const DialedCall::Output& output) {
  if (const auto* started = std::get_if<control::Started>(&output)) {
    const std::string host = printable(started->host_name);
    const std::string vendor = printable(started->vendor_name);
    say("answered", "The server answers: host \"" + host + "\", vendor \"" + vendor + "\"",
        {{"host_name", host}, {"vendor", vendor}});
  } else if (const auto* call = std::get_if<control::CallAnswered>(&output)) {
    say("call_accepted", "It accepts the call; PPP begins, in GRE (IP protocol 47)",
        {{"call_id", call->peer_call_id.value()}});
  } else if (const auto* event = std::get_if<session::Event>(&output)) {
    note_event(*event);
  }
}

void Account::note_event(const session::Event& event) {
  if (const auto* link = std::get_if<session::LinkEstablished>(&event)) {
    say("link_established", "GRE passes both ways, the link is established (LCP)",
        {{"peer_mru", link->peer_mru}});
  } else if (const auto* login = std::get_if<session::AuthenticationSucceeded>(&event)) {
    say("logged_in",
        "Logged in as " + login->user +
            " (MS-CHAPv2), and the server proved that it knows the password",
        {{"user", login->user}, {"method", "MS-CHAPv2"}});
  } else if (std::holds_alternative<session::EncryptionStarted>(event)) {
    say("encrypted", "Encrypted with " + encryption_, {{"encryption", encryption_}});
  }
}

void Account::connected(const std::string& interface, const session::Connected& connected) {
  const ppp::IpAssignment& given = connected.assignment;
  nlohmann::json dns = nlohmann::json::array();
  std::string dns_in_words;
  for (Ipv4Address server : given.dns) {
    if (server.is_unspecified()) continue;
    dns.push_back(server.to_string());
    dns_in_words += (dns_in_words.empty() ? "; DNS " : ", ") + server.to_string();
  }
  say("connected",
      "Connected after " + seconds_in_words(connected.setup) + ": " + interface +
          " has the address " + given.client.to_string() + ", the server is " +
          given.local.to_string() + dns_in_words,
      {{"interface", interface},
       {"client_ip", given.client.to_string()},
       {"server_tunnel_ip", given.local.to_string()},
       {"dns", dns},
       {"setup_ms", milliseconds(connected.setup)}});
  if (format_ == Format::text) out_ << "Ctrl-C hangs up." << std::endl;
}

void Account::warning(const std::string& sentence) {
  say("warning", "Warning: " + sentence, {{"message", sentence}});
}

void Account::hanging_up() { say("hanging_up", "Hanging up", nlohmann::json::object()); }

void Account::ended(const Diagnosis::Explanation& why, bool was_connected, Duration duration,
                    const session::Statistics& statistics) {
  const std::string& reason = why.sentence;
  std::string sentence = was_connected ? "Disconnected: " : "Not connected: ";
  sentence += reason;
  nlohmann::json fields{{"reason", reason}, {"was_connected", was_connected}};
  if (why.windows_error) {
    sentence += " (error " + std::to_string(*why.windows_error) + ")";
    fields["windows_error"] = *why.windows_error;
  }
  if (was_connected) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    sentence += ". It lasted " + human_duration(static_cast<std::uint64_t>(seconds)) +
                ", received " + human_size(statistics.bytes_in) + " in " +
                std::to_string(statistics.packets_in) + " packets, sent " +
                human_size(statistics.bytes_out) + " in " + std::to_string(statistics.packets_out);
    fields["duration_ms"] = milliseconds(duration);
    fields["bytes_in"] = statistics.bytes_in;
    fields["bytes_out"] = statistics.bytes_out;
    fields["packets_in"] = statistics.packets_in;
    fields["packets_out"] = statistics.packets_out;
  }
  say("ended", sentence, fields);
}

}  // namespace upptpd::client
