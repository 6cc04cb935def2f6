// Batches of packets through a coalescer, and what the kernel would make of its writes.
#pragma once

#include <gtest/gtest.h>

#include "ip/coalescing.hpp"
#include "ip/segmentation.hpp"
#include "unit/ip/offload_packets.hpp"

namespace upptpd::ip {

using Batch = std::vector<Bytes>;
using Sizes = std::vector<std::size_t>;

inline constexpr std::size_t kMostPackets = 256;

class Coalescing : public testing::Test {
 protected:
  std::span<const Coalescer::Write> run(const Batch& batch, bool joins_udp = true) {
    packets_.clear();
    for (const Bytes& octets : batch) {
      packets_.push_back(pool_.take());
      EXPECT_TRUE(packets_.back()->assign(octets));
    }
    return (joins_udp ? coalescer_ : without_udp_).coalesce(packets_);
  }

  /// How many packets are in each write.
  Sizes sizes(const Batch& batch, bool joins_udp = true) {
    Sizes sizes;
    for (const auto& write : run(batch, joins_udp)) sizes.push_back(write.packets);
    return sizes;
  }

  static Bytes octets_of(const Coalescer::Write& write) {
    Bytes octets;
    for (const View part : write.parts) octets.insert(octets.end(), part.begin(), part.end());
    return octets;
  }

  /// What the kernel would make of a write, by our own segmentation.
  Batch cut(const Coalescer::Write& write) {
    const Bytes octets = octets_of(write);
    const auto header = VirtioNetHeader::parse(octets).value();
    PacketBatch packets;
    const auto result = segment(header, View(octets).subspan(VirtioNetHeader::kSize),
                                PacketBuffer::kRoom, cut_pool_, packets);
    EXPECT_EQ(result.value().packets, write.packets);
    Batch cut;
    for (const Packet& packet : packets) {
      cut.emplace_back(packet->view().begin(), packet->view().end());
    }
    return cut;
  }
  Batch cut_all(std::span<const Coalescer::Write> writes) {
    Batch all;
    for (const auto& write : writes) {
      for (Bytes& packet : cut(write)) all.push_back(std::move(packet));
    }
    return all;
  }

  void expect_joined(const Batch& batch) {
    EXPECT_EQ(sizes(batch), Sizes{batch.size()});
    EXPECT_EQ(cut_all(run(batch)), batch);
  }
  /// Each goes as it came, and in order.
  void expect_alone(const Batch& batch) {
    const auto writes = run(batch);
    ASSERT_EQ(writes.size(), batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Bytes expected(VirtioNetHeader::kSize);
      expected.insert(expected.end(), batch[i].begin(), batch[i].end());
      EXPECT_EQ(octets_of(writes[i]), expected);
      EXPECT_EQ(writes[i].packets, 1U);
    }
  }

  PacketPool pool_{kMostPackets};
  PacketPool cut_pool_{kMostPackets};
  PacketBatch packets_;
  Coalescer coalescer_{kMostPackets, true};
  Coalescer without_udp_{kMostPackets, false};
};

/// `count` packets that may be one, from `first` on.
inline Batch train(TestPacket first, std::size_t count) {
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) {
    batch.push_back(first.octets());
    first = first.next();
  }
  return batch;
}

inline Batch operator+(Batch one, const Batch& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

}  // namespace upptpd::ip
