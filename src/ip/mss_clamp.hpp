// Keeps the segments of TCP connections small enough for the tunnel. RFC 9293 sections 3.1 and
// 3.7.1.
#pragma once

#include "core/bytes.hpp"
#include "ip/ipv4_packet.hpp"

namespace upptpd::ip {

/// Whether the packet holds the header of a TCP segment that opens a connection, from either end.
/// `header` was parsed of `packet`.
inline bool opens_tcp_connection(View packet, const Ipv4Packet& header) {
  if (header.protocol != Ipv4Packet::kTcp || header.fragment_offset != 0) return false;
  constexpr std::size_t kFlagsOffset = 13;
  constexpr std::size_t kLeastTcpHeader = 20;
  constexpr std::uint8_t kSynRstFin = 0x07;
  constexpr std::uint8_t kSyn = 0x02;
  const View segment = header.payload(packet);
  return segment.size() >= kLeastTcpHeader && (segment[kFlagsOffset] & kSynRstFin) == kSyn;
}

/// Lowers the maximum segment size that a TCP header names to `most`, and corrects its checksum.
/// The options are taken up to the first that is impossible; the rest is left as it is. `packet`
/// holds what `opens_tcp_connection`.
void lower_mss(MutableView packet, const Ipv4Packet& header, std::uint16_t most);

/// For every packet, both ways: lowers to `most` the maximum segment size that the sender of a TCP
/// SYN (with or without ACK) says it takes. Where it names none, 536 counts, and nothing is added.
/// `header` was parsed of `packet`. All else is left exactly as it was.
inline void clamp_mss(MutableView packet, const Ipv4Packet& header, std::uint16_t most) {
  if (opens_tcp_connection(packet, header)) lower_mss(packet, header, most);
}

}  // namespace upptpd::ip
