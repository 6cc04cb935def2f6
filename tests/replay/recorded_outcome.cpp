#include "recorded_outcome.hpp"

#include <algorithm>

#include "control/messages.hpp"

namespace upptpd::replay {
namespace {

using ppp::Code;
using ppp::Protocol;
using Way = RecordedEnd::Way;

RecordedEnd end_by(const CapturedItem& item) {
  if (!item.from_client) return {Way::server, {}, {}};
  const auto message = control::parse(item.octets);
  const bool stops =
      message && std::holds_alternative<control::StopControlConnectionRequest>(*message);
  return {stops ? Way::client_stops : Way::client_clears, item.octets, {}};
}

}  // namespace

Reach find_reach(const Recording& recording, const RecordedLogin& login, bool login_is_refused) {
  if (!login.method) return Reach::no_common_method;
  if (login_is_refused) return Reach::login_refused;
  if (reached_network(recording)) return Reach::connected;
  const bool asks_for_address =
      any_packet(recording, true, Protocol::ipcp, Code::configure_request);
  if (find_end(recording).way == Way::connection_lost) {
    return asks_for_address ? Reach::connected : Reach::logged_in;
  }
  const bool required = find_rules(recording, login).encryption.required();
  const bool disagreed =
      !find_modes(recording) && (required || server_refused_encryption(recording));
  return disagreed ? Reach::no_encryption : Reach::logged_in;
}

RecordedEnd find_end(const Recording& recording) {
  const auto terminates = std::ranges::find_if(recording.packets, [](const RecordedPacket& packet) {
    return packet.protocol == Protocol::lcp && packet.code() == Code::terminate_request;
  });
  const bool by_lcp =
      terminates != recording.packets.end() &&
      (recording.endings.empty() || terminates->time <= recording.endings.front().time);
  if (!by_lcp) {
    return recording.endings.empty() ? RecordedEnd{} : end_by(recording.endings.front());
  }
  if (!terminates->from_client) return {Way::server, {}, {}};
  const View reason = terminates->data();
  return {Way::client_terminates, terminates->packet, Bytes(reason.begin(), reason.end())};
}

bool Expectation::server_ends_alone() const {
  const bool reason = reach == Reach::no_common_method || reach == Reach::login_refused ||
                      reach == Reach::no_encryption;
  return reason && (end.way == Way::server || end.way == Way::connection_lost);
}

Expectation expect(const crypto::Library& library, const Recording& recording,
                   const std::vector<Login>& logins) {
  Expectation expectation;
  expectation.login = find_login(recording);
  expectation.password = password_that_fits(library, expectation.login, logins);
  expectation.verdict = expected_verdict(expectation.login, expectation.password.has_value());
  expectation.rules = find_rules(recording, expectation.login);
  expectation.modes = find_modes(recording);
  expectation.reach =
      find_reach(recording, expectation.login, expectation.verdict == ExpectedVerdict::refused);
  expectation.end = find_end(recording);
  return expectation;
}

}  // namespace upptpd::replay
