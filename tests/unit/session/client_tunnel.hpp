// A scripted client's end of the GRE tunnel.
#pragma once

#include <optional>

#include "gre/header.hpp"

namespace upptpd::session {

struct ClientTunnel {
  /// The client's call id, and the server's.
  static constexpr std::uint16_t kOwn = 0x44cb;
  static constexpr std::uint16_t kServer = 1;

  std::uint32_t next_sequence = 0;
  std::optional<gre::SequenceNumber> highest_received{};

  /// The frame in a packet; empty where there is none or its turn is over (RFC 2637 section 4.3
  /// wants it thrown away). None if the packet is not for this client.
  std::optional<View> unwrap(View packet) {
    const auto header = gre::parse(packet);
    if (!header || header->call_id != kOwn) return {};
    if (!header->sequence) return View();
    if (highest_received && !header->sequence->is_after(*highest_received)) return View();
    highest_received = *header->sequence;
    return packet.subspan(header->size(), header->payload_length);
  }

  Bytes wrap(View frame) {
    gre::Header header;
    header.call_id = kServer;
    header.payload_length = static_cast<std::uint16_t>(frame.size());
    header.sequence = gre::SequenceNumber(next_sequence++);
    header.acknowledgment = highest_received;
    Bytes packet(header.size());
    gre::serialise(header, packet);
    packet.insert(packet.end(), frame.begin(), frame.end());
    return packet;
  }
};

}  // namespace upptpd::session
