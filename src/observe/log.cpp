#include "observe/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <cstdio>

#include "core/queue.hpp"
#include "ppp/encryption_policy.hpp"

namespace upptpd::observe {
namespace {

template <class Time>
long long milliseconds(Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

Line with_call(std::string_view event, const CallContext& call) {
  Line line(event);
  line.add("call", call.call_id.value()).add("peer", call.peer.to_string());
  if (!call.user.empty()) line.add("user", call.user);
  return line;
}

}  // namespace

void add_drops(Line& line, const DropCounters& drops) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(DropReason::count_); ++i) {
    const auto reason = static_cast<DropReason>(i);
    if (drops[reason] > 0) line.add("drop_" + std::string(to_string(reason)), drops[reason]);
  }
}

Log::Log()
    : logger_(std::make_shared<spdlog::logger>(
          "upptpd", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>())) {
  logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc));
  logger_->flush_on(spdlog::level::info);
}

void Log::info(const Line& line) { write(spdlog::level::info, line); }
void Log::warn(const Line& line) { write(spdlog::level::warn, line); }
void Log::error(const Line& line) { write(spdlog::level::err, line); }

// The disk or the pipe that it goes to may be full, and have room again.
void Log::write(int level, const Line& line) {
  const auto is_taken = [&](spdlog::level::level_enum at, const std::string& text) {
    std::clearerr(stderr);
    logger_->log(at, text);
    return std::ferror(stderr) == 0;
  };
  if (lost_ > 0 &&
      is_taken(spdlog::level::warn, Line("log_lines_lost").add("lines", lost_).text())) {
    lost_ = 0;
  }
  if (!is_taken(static_cast<spdlog::level::level_enum>(level), line.text())) ++lost_;
}

void Log::event(const CallContext& call, const session::Event& event, const Verdict& verdict) {
  std::visit(
      Overloaded{
          [&](const session::LinkEstablished& e) {
            info(with_call("link_established", call).add("peer_mru", e.peer_mru));
          },
          [&](const session::PeerIdentified& e) {
            info(with_call("client_identified", call).add("text", e.text));
          },
          [&](const session::PeerRecognised& e) {
            Line line = with_call("client_recognised", call);
            line.add("client", e.client);
            if (!e.version.empty()) line.add("version", e.version);
            if (!e.computer.empty()) line.add("computer", e.computer);
            info(line);
          },
          [&](const session::ProtocolRejected& e) {
            const auto number = static_cast<std::uint16_t>(e.protocol);
            const std::uint8_t octets[] = {static_cast<std::uint8_t>(number >> 8),
                                           static_cast<std::uint8_t>(number)};
            info(with_call("protocol_rejected", call).add("protocol", "0x" + to_hex(octets)));
          },
          [&](const session::AuthenticationRefused& e) {
            warn(with_call("authentication_refused", call)
                     .add("required", ppp::in_words(e.required, " or "))
                     .add("wanted", e.wanted ? ppp::to_string(*e.wanted) : e.raw));
          },
          [&](const session::AuthenticationFailed& e) {
            warn(with_call("authentication_failed", call)
                     .add("name", e.name)
                     .add("reason", auth::to_string(e.failure))
                     .add("windows_error", e.code)
                     .add("may_try_again", e.may_try_again ? "yes" : "no"));
          },
          [&](const session::AuthenticationSucceeded& e) {
            info(with_call("authentication_succeeded", call)
                     .add("method", ppp::to_string(e.method)));
          },
          [&](const session::AuthenticationRenewed&) {
            info(with_call("authentication_renewed", call));
          },
          [&](const session::AuthenticationSkipped&) {
            warn(with_call("authentication_skipped", call)
                     .add("message", "NOBODY was asked who this is: auth.methods has \"none\""));
          },
          [&](const session::PasswordChanged& e) {
            info(with_call("password_changed", call).add("name", e.user));
          },
          [&](const session::EncryptionStarted& e) {
            info(with_call("encryption_started", call).add("encryption", ppp::in_words(e.modes)));
          },
          [&](const session::EncryptionRefused& e) {
            warn(with_call("encryption_refused", call)
                     .add("policy", ppp::to_string(e.policy.requirement))
                     .add("accepted", ppp::policy_in_words(e.policy))
                     .add("offered", e.offered ? ppp::offer_in_words(*e.offered) : "nothing"));
          },
          [&](const session::AddressAssigned& e) {
            info(with_call("address_assigned", call).add("client_ip", e.address.to_string()));
          },
          [&](const session::AddressUnavailable& e) {
            warn(with_call("address_unavailable", call).add("reason", e.why));
          },
          [&](const session::Connected& e) {
            info(with_call("connected", call)
                     .add("client_ip", e.assignment.client.to_string())
                     .add("encryption", e.encryption ? ppp::in_words(*e.encryption) : "none")
                     .add("setup_ms", milliseconds(e.setup)));
          },
          [&](const session::PacketRefused& e) {
            warn(with_call("packet_refused", call)
                     .add("reason", explain(e.reason))
                     .add("source", e.source.to_string())
                     .add("destination", e.destination.to_string()));
          },
          [&](const session::SettingsTold& e) {
            Line line = with_call("settings_told", call);
            line.add("routes", e.routes);
            if (e.routes_left_out != 0) line.add("routes_left_out", e.routes_left_out);
            info(line);
          },
          [&](const session::Disconnected&) { info(with_call("disconnected", call)); },
          [&](const session::PeerTerminates& e) {
            Line line = with_call("client_terminates", call);
            if (e.ras_error) line.add("windows_error", *e.ras_error);
            if (!e.text.empty()) line.add("text", e.text);
            info(line);
          },
          [&](const session::Finished& e) { finished(with_call("finished", call), e, verdict); },
      },
      event);
}

void Log::finished(Line line, const session::Finished& finished, const Verdict& verdict) {
  const Verdict::Explanation why = verdict.explain(finished);
  const session::Statistics& statistics = finished.statistics;
  line.add("reason", why.sentence);
  if (why.windows_error) line.add("windows_error", *why.windows_error);
  line.add("duration_s", milliseconds(finished.duration) / 1000)
      .add("bytes_in", statistics.bytes_in)
      .add("bytes_out", statistics.bytes_out)
      .add("packets_in", statistics.packets_in)
      .add("packets_out", statistics.packets_out);
  add_drops(line, statistics.drops);
  const bool ordinary = !why.windows_error || finished.was_connected;
  ordinary ? info(line) : warn(line);
}

}  // namespace upptpd::observe
