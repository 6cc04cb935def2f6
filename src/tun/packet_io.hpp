// Packets between the system and us: the GRE socket on one side, the TUN device on the other, as
// many as possible with each system call.
#pragma once

#include <cstdint>
#include <optional>

#include "core/drop_reason.hpp"
#include "core/packet_buffer.hpp"
#include "ip/coalescing.hpp"
#include "net/gre_socket.hpp"
#include "tun/tun_device.hpp"

namespace upptpd::tun {

class PacketIo {
 public:
  /// Packets taken from one side before the other gets its turn.
  static constexpr std::size_t kBurst = 256;

  struct Settings {
    /// One packet per system call: what everything else is held against.
    bool simple = false;
    /// Octets of the largest IP packet that the kernel may give us.
    std::size_t mtu = 0;
    /// Enough for a few bursts in both directions and what the sequencers hold back.
    std::size_t buffers = 8192;
  };
  /// System calls of one kind, and the packets that they brought.
  struct Count {
    std::uint64_t calls = 0;
    std::uint64_t packets = 0;
  };
  struct Counters {
    Count gre_in;
    Count gre_out;
    Count tun_in;   // from the kernel's network, to clients
    Count tun_out;  // to it
  };

  /// What the device should be made with.
  static TunDevice::Offload offload(bool simple) {
    return simple ? TunDevice::Offload::none : TunDevice::Offload::tcp_and_udp;
  }

  /// `device` was made so; what is dropped is counted in `drops`, which outlives this.
  PacketIo(net::GreSocket gre, TunDevice device, const Settings& settings, DropCounters& drops);

  [[nodiscard]] PacketPool& pool() { return pool_; }
  [[nodiscard]] int gre_descriptor() const { return gre_.descriptor(); }
  [[nodiscard]] int tun_descriptor() const { return device_.descriptor(); }
  [[nodiscard]] TunDevice::Offload tun_offload() const { return device_.offload(); }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// GRE packets that the system has dropped before we could take them.
  [[nodiscard]] std::uint64_t gre_overflowed() const { return gre_.overflowed(); }

  /// Appends GRE packets that are waiting, each beginning with its GRE header; about kBurst of
  /// them.
  void receive_gre(PacketBatch& packets);
  /// Appends IP packets that are waiting for clients; about kBurst of them. False when the
  /// interface was taken away.
  [[nodiscard]] bool read_tun(PacketBatch& packets);

  /// Sends, and empties, GRE packets. What the system does not take is dropped.
  void send_gre(PacketBatch& packets);
  /// The same for IP packets to the kernel.
  void write_tun(PacketBatch& packets);

 private:
  TunDevice::Read read_plain(PacketBatch& packets);
  TunDevice::Read read_offloaded(PacketBatch& packets);
  void write_offloaded(const PacketBatch& packets);

  PacketPool pool_;
  net::GreSocket gre_;
  TunDevice device_;
  Settings settings_;
  DropCounters& drops_;
  Counters counters_;
  /// With offload only.
  std::optional<ip::Coalescer> coalescer_;
  Bytes super_packet_;
};

}  // namespace upptpd::tun
