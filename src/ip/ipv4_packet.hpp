// The fields of an IPv4 header that we look at, and the header of what we send. RFC 791
// section 3.1.
#pragma once

#include <array>
#include <optional>

#include "core/bytes.hpp"
#include "core/ip_address.hpp"

namespace upptpd::ip {

struct Ipv4Packet {
  // Values of `protocol`.
  static constexpr std::uint8_t kTcp = 6;
  static constexpr std::uint8_t kUdp = 17;

  Ipv4Address source;
  Ipv4Address destination;
  std::size_t header_length = 0;
  std::uint16_t total_length = 0;
  std::uint8_t protocol = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  /// Octets of the datagram that lie before this packet's. Not 0: what follows the header is not
  /// the header of `protocol`.
  std::uint16_t fragment_offset = 0;

  /// None if it is not IPv4, or its lengths are impossible. What lies behind the total length is
  /// padding.
  static std::optional<Ipv4Packet> parse(View packet);

  /// What follows the header in `packet`, of which this was parsed.
  [[nodiscard]] View payload(View packet) const {
    return packet.subspan(header_length, total_length - header_length);
  }
};

/// The header of a packet that must not be fragmented, with its checksum: no options, time to live
/// 64, identification 0 (RFC 6864 section 4.1: it means nothing then). The payload is at most
/// 65,515 octets.
std::array<std::uint8_t, 20> ipv4_header(std::uint8_t protocol, Ipv4Address source,
                                         Ipv4Address destination, std::size_t payload_size);

}  // namespace upptpd::ip
