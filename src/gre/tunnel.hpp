// One call's GRE tunnel: numbers what goes out, orders what comes in, acknowledges. RFC 2637
// section 4.
#pragma once

#include "core/packet_buffer.hpp"
#include "gre/acknowledger.hpp"
#include "gre/header.hpp"
#include "gre/receive_sequencer.hpp"

namespace upptpd::gre {

/// There is no send window: Windows ignores it in both directions (clients acknowledge late or not
/// at all), and a lost acknowledgment must not stall a call.
class Tunnel {
 public:
  explicit Tunnel(PeerCallId peer) : peer_(peer) {}

  /// A packet of this call whose `header` was parsed and is still in front. PPP frames that are in
  /// order are appended to `frames`.
  void receive(Packet packet, const Header& header, Instant now, PacketBatch& frames,
               DropCounters& drops);

  /// Puts the header before a PPP frame that is to be sent; carries an acknowledgment if there is
  /// one.
  void wrap(PacketBuffer& frame);

  /// Time has passed: frames whose gap was given up.
  void advance(Instant now, PacketBatch& frames) { sequencer_.advance(now, frames); }

  /// The acknowledgment without data that must go out now, if one must; it counts as sent.
  std::optional<Header> due_acknowledgment(Instant now);

  [[nodiscard]] Deadline deadline() const {
    return earlier(sequencer_.deadline(), acknowledger_.deadline());
  }

 private:
  PeerCallId peer_;
  SequenceNumber next_to_send_;  // from 0, as Windows and pptpd do
  ReceiveSequencer sequencer_;
  Acknowledger acknowledger_;
};

}  // namespace upptpd::gre
