// Joins packets for a TUN device that takes many as one: what the kernel's GRO does for a network
// card. A write costs hardly more for 64 packets than for one, so this is what makes the way to the
// TUN cheap. Which packets may join: packet_run.hpp.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/packet_buffer.hpp"
#include "ip/packet_run.hpp"

namespace upptpd::ip {

/// Packets of a flow stay in order, and so do all between the same two addresses as soon as the
/// flow of one of them cannot be told.
class Coalescer {
 public:
  /// How many flows are joined at a time; the oldest run goes out when there is another one. Half
  /// of what Linux's GRO has, since each packet is held against each of them.
  static constexpr std::size_t kOpenRuns = 32;
  /// Of one write.
  static constexpr std::size_t kMostParts = 1 + PacketRun::kMostPackets;

  /// What the device is to take with one call.
  struct Write {
    /// One behind the other: a virtio header, and the packet or the run, without a copy.
    std::span<const View> parts;
    /// How many packets it stands for.
    std::size_t packets = 1;
  };
  struct Counters {
    std::uint64_t packets = 0;
    std::uint64_t writes = 0;
  };

  /// For batches of at most `most_packets`. Without `joins_udp` (Linux before 6.2) datagrams go one
  /// by one.
  Coalescer(std::size_t most_packets, bool joins_udp);
  Coalescer(const Coalescer&) = delete;
  Coalescer& operator=(const Coalescer&) = delete;
  ~Coalescer() = default;

  /// The writes that bring all of `packets` to the device, each once: what cannot join goes exactly
  /// as it came. Valid until the next call, and as long as the packets. Does not allocate.
  std::span<const Write> coalesce(std::span<const Packet> packets);

  /// Since the beginning. Their ratio is the merge factor.
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  void add(View packet);
  PacketRun* find_open(const Flow& flow);
  void open(const FlowPacket& first);
  void close(PacketRun& run);
  void close_all_between(Ipv4Address source, Ipv4Address destination);
  void write_alone(View packet);
  void write_run(const PacketRun& run);

  const std::size_t most_packets_;
  const bool joins_udp_;
  std::array<PacketRun, kOpenRuns> runs_;
  /// The oldest first.
  std::vector<PacketRun*> open_;
  std::vector<PacketRun*> free_;

  // What the writes consist of. Never more than they have room for, so that views into them last.
  std::vector<Write> writes_;
  std::vector<View> parts_;
  std::vector<std::array<std::uint8_t, PacketRun::kMostHeaders>> headers_;
  Counters counters_;
};

}  // namespace upptpd::ip
