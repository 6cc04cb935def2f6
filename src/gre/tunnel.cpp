#include "gre/tunnel.hpp"

#include <utility>

namespace upptpd::gre {

void Tunnel::receive(Packet packet, const Header& header, Instant now, PacketBatch& frames,
                     DropCounters& drops) {
  if (!header.sequence) return;  // an acknowledgment alone; nothing waits for it
  packet->pop_front(header.size());
  packet->resize(header.payload_length);
  if (sequencer_.receive(std::move(packet), *header.sequence, now, frames, drops)) {
    acknowledger_.received(*header.sequence, now);
  }
}

void Tunnel::wrap(PacketBuffer& frame) {
  Header header;
  header.call_id = peer_.value();
  header.payload_length = static_cast<std::uint16_t>(frame.size());
  header.sequence = next_to_send_;
  header.acknowledgment = acknowledger_.take();
  next_to_send_ = next_to_send_.next();
  serialise(header, frame.push_front(header.size()));
}

std::optional<Header> Tunnel::due_acknowledgment(Instant now) {
  if (!acknowledger_.due(now)) return {};
  Header header;
  header.call_id = peer_.value();
  header.acknowledgment = acknowledger_.take();
  return header;
}

}  // namespace upptpd::gre
