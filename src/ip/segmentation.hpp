// Cuts what the kernel gives as one into the packets that it stands for, and completes checksums
// that it has left to us: what a network card does with TSO and USO. RFC 9293, RFC 768, RFC 6864.
#pragma once

#include "core/packet_buffer.hpp"
#include "core/result.hpp"
#include "ip/virtio_net_header.hpp"

namespace upptpd::ip {

/// Why nothing came of a packet.
enum class NotSegmentable : std::uint8_t {
  /// Not IPv4, or its lengths are impossible.
  not_ip,
  /// The virtio header says of it what cannot be.
  malformed,
  /// What it stands for is larger than the MTU, or than a buffer.
  too_large
};

struct Segmented {
  /// How many were appended.
  std::size_t packets = 0;
  /// The last so many are lost: there was no buffer for them.
  std::size_t lost = 0;
};

/// Appends to `packets` the IP packets that `packet` stands for, each behind the headroom of a
/// buffer from `pool`, at most `mtu` octets and with right lengths and checksums. `header` is what
/// the kernel has said of it; neither is trusted. All identifications but the first are counted
/// up from it. The payload is copied once. Allocates only where `packets` has no capacity
/// left: at most that of the pool is needed.
Result<Segmented, NotSegmentable> segment(const VirtioNetHeader& header, View packet,
                                          std::size_t mtu, PacketPool& pool, PacketBatch& packets);

}  // namespace upptpd::ip
