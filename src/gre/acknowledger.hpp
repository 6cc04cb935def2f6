// When to acknowledge what came in, RFC 2637 section 4.3: on data that goes out anyway, alone only
// when due.
#pragma once

#include <optional>

#include "core/timer.hpp"
#include "gre/header.hpp"

namespace upptpd::gre {

class Acknowledger {
 public:
  /// How long an acknowledgment waits for data that can carry it. Peers with a send window stall
  /// without one; pptpd takes as long, Windows 70 to 100 ms. A shorter one would be one packet for
  /// each that comes in every 25 ms.
  static constexpr Duration kDelay = std::chrono::milliseconds(50);
  /// So many packets are not left waiting, whatever the time: half the window that we advertise.
  static constexpr unsigned kMostUnacknowledged = 32;

  /// A packet with this number was taken. One far behind means that the peer counts anew.
  void received(SequenceNumber number, Instant now);

  /// The number to acknowledge, if there is news for the peer; counts as sent then.
  std::optional<SequenceNumber> take();

  /// Whether an acknowledgment must go out by itself now.
  [[nodiscard]] bool due(Instant now) const;
  [[nodiscard]] Deadline deadline() const { return delay_.deadline(); }

 private:
  bool any_received_ = false;
  SequenceNumber highest_;
  unsigned unacknowledged_ = 0;
  Timer delay_;
};

}  // namespace upptpd::gre
