// What a peer tells about itself, as events: each thing once, so that it cannot fill the log.
#pragma once

#include <optional>
#include <vector>

#include "core/bytes.hpp"
#include "session/events.hpp"

namespace upptpd::session {

class PeerReports {
 public:
  /// So many of a kind are reported; clients have three or four protocols too many.
  static constexpr std::size_t kMost = 8;

  // The event to emit, if any.
  std::optional<Event> identified(View text);
  std::optional<Event> protocol_rejected(ppp::Protocol protocol);
  std::optional<Event> terminates(View data);

 private:
  std::vector<ppp::Protocol> rejected_;
  std::size_t identifications_ = 0;
  bool terminates_ = false;
};

}  // namespace upptpd::session
