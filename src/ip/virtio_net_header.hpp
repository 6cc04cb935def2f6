// What stands before each packet of a TUN device with IFF_VNET_HDR: which checksum is still to be
// made, and how a packet of many is to be cut. VIRTIO 1.2 section 5.1.6, in the ten octets of
// Linux's struct virtio_net_hdr (uapi/linux/virtio_net.h, which is no C++).
#pragma once

#include <array>
#include <optional>

#include "core/bytes.hpp"

namespace upptpd::ip {

struct VirtioNetHeader {
  static constexpr std::size_t kSize = 10;

  // Of `flags`.
  static constexpr std::uint8_t kNeedsChecksum = 1;  // VIRTIO_NET_HDR_F_NEEDS_CSUM
  // Values of `gso_type`.
  static constexpr std::uint8_t kNoGso = 0;         // VIRTIO_NET_HDR_GSO_NONE
  static constexpr std::uint8_t kTcpOverIpv4 = 1;   // VIRTIO_NET_HDR_GSO_TCPV4
  static constexpr std::uint8_t kUdpDatagrams = 5;  // VIRTIO_NET_HDR_GSO_UDP_L4, of Linux 6.2
  static constexpr std::uint8_t kWithCwr = 0x80;    // VIRTIO_NET_HDR_GSO_ECN, beside a TCP type

  std::uint8_t flags = 0;
  std::uint8_t gso_type = kNoGso;
  /// Octets of all headers. Only a hint where the kernel says it: it may be any number.
  std::uint16_t headers_size = 0;
  /// Octets of payload in each packet but the last, which may have less.
  std::uint16_t gso_size = 0;
  /// With `kNeedsChecksum`: what the checksum covers begins here and ends with the packet; its
  /// field is `checksum_offset` further, and has the sum of the pseudo header in it, not
  /// complemented.
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;

  /// None if there are less than `kSize` octets. Nothing is said of the values.
  static std::optional<VirtioNetHeader> parse(View octets);
  [[nodiscard]] std::array<std::uint8_t, kSize> serialise() const;

  friend bool operator==(const VirtioNetHeader&, const VirtioNetHeader&) = default;
};

}  // namespace upptpd::ip
