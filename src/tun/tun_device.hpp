// The TUN device that all clients share. Not persistent: it goes with the process, however that
// ends.
#pragma once

#include <span>
#include <string>

#include "core/packet_buffer.hpp"
#include "core/result.hpp"
#include "ip/virtio_net_header.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::tun {

class TunDevice {
 public:
  /// What one read or write may carry. With `tcp` and more each packet has a virtio header before
  /// it, and checksums may be left to whoever takes it.
  enum class Offload : std::uint8_t {
    none,        // one IP packet
    tcp,         // up to 64 KiB of one TCP connection
    tcp_and_udp  // or of one UDP flow, since Linux 6.2
  };
  /// The largest IP packet, and so the most that one read yields behind its virtio header.
  static constexpr std::size_t kLargestPacket = 0xffff;

  /// Makes the device `name`, with at most the offload `wanted`: as much of it as the kernel has.
  /// Needs CAP_NET_ADMIN and /dev/net/tun; fails if the name is taken.
  static Result<TunDevice> create(const std::string& name, Offload wanted = Offload::none);

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] Offload offload() const { return offload_; }

  enum class Read : std::uint8_t {
    packet,
    nothing,  // none is waiting
    failed,   // the kernel could not give us the one that is next
    gone      // the interface was taken away
  };
  /// Reads one IP packet from the kernel. Without offload only.
  Read read(PacketBuffer& packet);
  /// Reads what comes next into `space`, which has room for kLargestPacket and a virtio header;
  /// `octets` becomes the part that was used.
  Read read(MutableView space, View& octets);

  /// Gives an IP packet to the kernel. False when it did not take it. Without offload only.
  bool write(View packet);
  /// The same for what lies in up to `kMostParts` pieces: with offload, a virtio header first.
  bool write(std::span<const View> parts);
  static constexpr std::size_t kMostParts = 128;

 private:
  TunDevice(net::FileDescriptor descriptor, Offload offload)
      : descriptor_(std::move(descriptor)), offload_(offload) {}

  net::FileDescriptor descriptor_;
  Offload offload_;
};

}  // namespace upptpd::tun
