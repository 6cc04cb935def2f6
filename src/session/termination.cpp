#include "session/termination.hpp"

#include <algorithm>

#include "core/reader.hpp"

namespace upptpd::session {
namespace {

constexpr std::uint32_t kRasMark = 0x003ccd74;
constexpr std::size_t kLongestText = kLongestTermination;

}  // namespace

PeerTerminates parse_termination(View data) {
  Reader reader(data);
  reader.skip(4);  // its magic number
  const bool marked = reader.u32() == kRasMark;
  const std::uint32_t error = reader.u32();
  if (reader.ok() && marked) return {error, {}};
  return {{}, bounded_text(data)};
}

std::string termination_text(Cause cause, const std::string& detail) {
  const auto text = [&]() -> std::string {
    switch (cause) {
      case Cause::server_shut_down:
        return "the server is shutting down";
      case Cause::kicked:
        return detail.empty() ? "disconnected by the administrator"
                              : "disconnected by the administrator: " + detail;
      case Cause::superseded:
        return "the same user logged in again";
      case Cause::authentication_refused:
        return "no login method in common";
      case Cause::address_unavailable:
        return "no address is available";
      case Cause::encryption_refused:
      case Cause::encryption_no_answer:
        return "encryption is required";
      case Cause::encryption_lost:
        return "encryption was lost";
      case Cause::setup_timeout:
        return "the connection was not up in time";
      case Cause::hung_up:
      case Cause::peer_hung_up:
      case Cause::control_connection_lost:
      case Cause::lcp_no_answer:
      case Cause::lcp_not_converging:
      case Cause::looped_back:
      case Cause::authentication_no_answer:
      case Cause::authentication_failed:
      case Cause::address_refused:
      case Cause::network_refused:
      case Cause::peer_silent:
        return {};
    }
    return {};
  }();
  return text.substr(0, kLongestTermination);
}

Cause cause_of_lcp_end(ppp::ControlProtocol::Cause cause) {
  switch (cause) {
    case ppp::ControlProtocol::Cause::closed:
    case ppp::ControlProtocol::Cause::terminated:
      return Cause::peer_hung_up;
    case ppp::ControlProtocol::Cause::no_answer:
      return Cause::lcp_no_answer;
    case ppp::ControlProtocol::Cause::not_converging:
    case ppp::ControlProtocol::Cause::rejected:
      return Cause::lcp_not_converging;
  }
  return Cause::lcp_not_converging;
}

std::string bounded_text(View octets) {
  const View shown = octets.first(std::min(octets.size(), kLongestText));
  return {shown.begin(), shown.end()};
}

}  // namespace upptpd::session
