#include "session/peer_reports.hpp"

#include <algorithm>
#include <utility>

#include "session/termination.hpp"

namespace upptpd::session {

std::optional<Event> PeerReports::identified(View text) {
  if (identifications_++ >= kMost) return {};
  return Event(PeerIdentified{bounded_text(text)});
}

std::optional<Event> PeerReports::protocol_rejected(ppp::Protocol protocol) {
  if (rejected_.size() >= kMost || std::ranges::count(rejected_, protocol) > 0) return {};
  rejected_.push_back(protocol);
  return Event(ProtocolRejected{protocol});
}

std::optional<Event> PeerReports::terminates(View data) {
  if (data.empty() || std::exchange(terminates_, true)) return {};
  return Event(parse_termination(data));
}

}  // namespace upptpd::session
