#include "session/peer_reports.hpp"

#include <algorithm>
#include <utility>

#include "session/termination.hpp"

namespace upptpd::session {

std::optional<Event> PeerReports::identified(View text) {
  if (identifications_++ >= kMost) return {};
  return Event(PeerIdentified{bounded_text(text)});
}

std::optional<Event> PeerReports::encryption_refused(const ppp::EncryptionPolicy& policy,
                                                     std::optional<std::uint32_t> offered) {
  if (std::exchange(encryption_refused_, true)) return {};
  return Event(EncryptionRefused{policy, offered});
}

std::optional<Event> PeerReports::recognised(const ClientTraits& traits) {
  const PeerRecognised now{name_of(traits), traits.version, traits.computer};
  const std::string in_words = now.client + '\n' + now.version + '\n' + now.computer;
  if (in_words == recognised_ || recognitions_ == kMost) return {};
  ++recognitions_;
  recognised_ = in_words;
  return Event(now);
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
