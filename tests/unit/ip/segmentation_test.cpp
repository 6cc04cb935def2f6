#include "ip/segmentation.hpp"

#include <gtest/gtest.h>

#include "unit/ip/offload_packets.hpp"

namespace upptpd::ip {
namespace {

constexpr std::size_t kMtu = 1400;
constexpr std::uint16_t kTcpChecksum = 16;
constexpr std::uint16_t kUdpChecksum = 6;

using Words = std::vector<std::uint16_t>;

/// Puts the sum of the pseudo header where the checksum goes, as Linux does.
Bytes with_partial_checksum(Bytes packet) {
  const auto header = Ipv4Packet::parse(packet).value();
  const auto length = static_cast<std::uint16_t>(header.total_length - header.header_length);
  set_u16(MutableView(packet).subspan(header.header_length), checksum_offset(header.protocol),
          pseudo_header_sum(header.source, header.destination, header.protocol, length));
  return packet;
}

VirtioNetHeader partial(const TestPacket& packet) {
  VirtioNetHeader header;
  header.flags = VirtioNetHeader::kNeedsChecksum;
  header.checksum_start = static_cast<std::uint16_t>(20 + packet.ip_options.size());
  header.checksum_offset = packet.protocol == Ipv4Packet::kTcp ? kTcpChecksum : kUdpChecksum;
  return header;
}

VirtioNetHeader gso(const TestPacket& packet, std::uint16_t size) {
  VirtioNetHeader header = partial(packet);
  header.gso_type = packet.protocol == Ipv4Packet::kTcp ? VirtioNetHeader::kTcpOverIpv4
                                                        : VirtioNetHeader::kUdpDatagrams;
  header.gso_size = size;
  return header;
}

class Segmentation : public testing::Test {
 protected:
  Result<Segmented, NotSegmentable> run(const VirtioNetHeader& header, View packet,
                                        std::size_t mtu = kMtu) {
    packets_.clear();
    return segment(header, packet, mtu, pool_, packets_);
  }
  /// What became of a packet that is good.
  std::vector<Bytes> cut(const TestPacket& packet, const VirtioNetHeader& header) {
    const auto result = run(header, with_partial_checksum(packet.octets()));
    EXPECT_EQ(result.value().packets, packets_.size());
    EXPECT_EQ(result.value().lost, 0U);
    std::vector<Bytes> cut;
    for (const Packet& each : packets_) {
      EXPECT_EQ(each->headroom(), PacketBuffer::kHeadroom);
      const View view = std::as_const(*each).view();
      cut.emplace_back(view.begin(), view.end());
    }
    return cut;
  }
  void expect(NotSegmentable why, const VirtioNetHeader& header, View packet,
              std::size_t mtu = kMtu) {
    const auto result = run(header, packet, mtu);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), why);
    EXPECT_TRUE(packets_.empty());
  }

  PacketPool pool_{70};
  PacketBatch packets_;
};

TEST_F(Segmentation, GivesBackAWholePacketAsItIs) {
  for (const TestPacket& packet : {tcp_packet(), udp_packet()}) {
    Bytes octets = packet.octets();
    octets.back() ^= 1;  // a wrong checksum stays wrong
    ASSERT_EQ(run({}, octets).value().packets, 1U);
    EXPECT_EQ(packets_[0]->headroom(), PacketBuffer::kHeadroom);
    EXPECT_TRUE(std::ranges::equal(packets_[0]->view(), octets));
  }
}

TEST_F(Segmentation, CutsOffPadding) {
  const Bytes octets = tcp_packet().octets();
  Bytes padded = octets;
  padded.resize(padded.size() + 40);
  ASSERT_TRUE(run({}, padded));
  EXPECT_TRUE(std::ranges::equal(packets_[0]->view(), octets));
}

TEST_F(Segmentation, CompletesAPartialChecksumOfEverySize) {
  for (const bool is_tcp : {true, false}) {
    for (std::size_t size = 0; size <= kMtu - 52; ++size) {
      const TestPacket packet = is_tcp ? tcp_packet(size) : udp_packet(size);
      EXPECT_EQ(cut(packet, partial(packet)), std::vector<Bytes>{packet.octets()}) << size;
    }
  }
}

TEST_F(Segmentation, CompletesAChecksumBehindIpOptions) {
  TestPacket packet = tcp_packet();
  packet.ip_options = from_hex("94040000");  // router alert
  EXPECT_EQ(cut(packet, partial(packet)), std::vector<Bytes>{packet.octets()});
}

TEST_F(Segmentation, AChecksumOfZeroIsWrittenSoForTcpAndAsItsOtherFormForUdp) {
  for (TestPacket packet : {tcp_packet(2), udp_packet(2)}) {
    packet.payload = payload_for_checksum_zero(packet);
    const auto whole = cut(packet, partial(packet));
    const bool is_tcp = packet.protocol == Ipv4Packet::kTcp;
    EXPECT_EQ(u16_at(View(whole.at(0)).subspan(20), checksum_offset(packet.protocol)),
              is_tcp ? 0 : 0xffff);
    EXPECT_EQ(cut(packet, gso(packet, 2)), whole);
  }
}

TEST_F(Segmentation, APartialChecksumOutsideOfThePacketIsMalformed) {
  const TestPacket packet = tcp_packet(10);
  const Bytes octets = with_partial_checksum(packet.octets());
  const auto size = static_cast<std::uint16_t>(octets.size());
  VirtioNetHeader header = partial(packet);
  for (const int start : {0, 10, 19, size - 17, int{size}, 0xffff}) {
    header.checksum_start = static_cast<std::uint16_t>(start);
    expect(NotSegmentable::malformed, header, octets);
  }
  for (const int offset : {size - 21, size - 20, 0xffff - 20, 0xffff}) {
    header = partial(packet);
    header.checksum_offset = static_cast<std::uint16_t>(offset);
    expect(NotSegmentable::malformed, header, octets);
  }
  header.checksum_offset = static_cast<std::uint16_t>(size - 22);
  EXPECT_TRUE(run(header, octets));
}

TEST_F(Segmentation, CutsATcpPacketAsASenderWouldHaveSentIt) {
  TestPacket large = tcp_packet(1000);
  large.identification = 0xfffe;  // both go around
  large.sequence = 0xffffff80;
  large.flags = tcp::kAck | tcp::kPsh | tcp::kFin | tcp::kCwr | tcp::kEce;
  large.tcp_options = from_hex("0101080a 00001111 00002222 0101050a 00000001 00000002");
  for (const std::uint16_t size : Words{100, 101, 250, 333, 999, 1000, 1001}) {
    std::vector<Bytes> expected;
    for (std::size_t begin = 0; begin < 1000; begin += size) {
      const std::size_t end = std::min<std::size_t>(begin + size, 1000);
      TestPacket one = large;
      one.identification = static_cast<std::uint16_t>(0xfffe + expected.size());
      one.sequence = 0xffffff80 + static_cast<std::uint32_t>(begin);
      one.flags = tcp::kAck | tcp::kEce;
      if (begin == 0) one.flags |= tcp::kCwr;
      if (end == 1000) one.flags |= tcp::kPsh | tcp::kFin;
      one.payload.assign(large.payload.begin() + static_cast<std::ptrdiff_t>(begin),
                         large.payload.begin() + static_cast<std::ptrdiff_t>(end));
      expected.push_back(one.octets());
    }
    VirtioNetHeader header = gso(large, size);
    EXPECT_EQ(cut(large, header), expected) << size;
    header.gso_type |= VirtioNetHeader::kWithCwr;
    EXPECT_EQ(cut(large, header), expected) << size;
  }
}

TEST_F(Segmentation, CutsDatagrams) {
  const TestPacket large = udp_packet(1000);
  for (const std::uint16_t size : Words{100, 101, 999, 1000}) {
    const auto datagrams = cut(large, gso(large, size));
    EXPECT_EQ(datagrams.size(), (999U + size) / size);
    Bytes payload;
    for (const Bytes& datagram : datagrams) {
      EXPECT_TRUE(checksums_are_right(datagram));
      EXPECT_EQ(u16_at(View(datagram).subspan(20), udp::kLength), datagram.size() - 20);
      payload.insert(payload.end(), datagram.begin() + 28, datagram.end());
    }
    EXPECT_EQ(payload, large.payload);
    EXPECT_EQ(u16_at(datagrams.back(), ipv4::kIdentification), 999 + datagrams.size());
  }
}

TEST_F(Segmentation, CutsTheLargestPacketIntoFramesOfTheMtu) {
  TestPacket large = tcp_packet(65535 - 20 - 4 - 32);
  large.ip_options = from_hex("94040000");
  const auto packets = cut(large, gso(large, kMtu - 56));
  EXPECT_EQ(packets.size(), 49U);
  Bytes payload;
  for (const Bytes& packet : packets) {
    EXPECT_LE(packet.size(), kMtu);
    EXPECT_TRUE(checksums_are_right(packet));
    EXPECT_TRUE(std::ranges::equal(View(packet).subspan(20, 4), large.ip_options));
    payload.insert(payload.end(), packet.begin() + 56, packet.end());
  }
  EXPECT_EQ(payload, large.payload);
}

TEST_F(Segmentation, WithoutAPartialChecksumMakesAWholeOneToo) {
  const TestPacket large = tcp_packet(1000);
  VirtioNetHeader header = gso(large, 300);
  header.flags = 0;
  const auto expected = cut(large, gso(large, 300));
  EXPECT_EQ(cut(large, header), expected);
}

TEST_F(Segmentation, NoPayloadIsOnePacket) {
  const TestPacket empty = tcp_packet(0);
  EXPECT_EQ(cut(empty, gso(empty, 100)), std::vector<Bytes>{empty.octets()});
}

TEST_F(Segmentation, TheHintOfTheHeadersSizeIsNotNeeded) {
  const TestPacket large = tcp_packet(300);
  VirtioNetHeader header = gso(large, 100);
  const auto expected = cut(large, header);
  for (const std::uint16_t hint : Words{1, 20, 352, 0xffff}) {
    header.headers_size = hint;
    EXPECT_EQ(cut(large, header), expected);
  }
}

TEST_F(Segmentation, WhatThePacketCannotBeIsMalformed) {
  const TestPacket large = tcp_packet(1000);
  const Bytes octets = with_partial_checksum(large.octets());
  VirtioNetHeader header = gso(large, 0);
  expect(NotSegmentable::malformed, header, octets);
  // UDP, fragments of UDP, IPv6, some that there are not, UDP with CWR.
  for (const std::uint8_t type : Bytes{5, 3, 4, 2, 6, 0x7f, 0x80, 0x84, 0x85, 0xff}) {
    header = gso(large, 100);
    header.gso_type = type;
    expect(NotSegmentable::malformed, header, octets);
  }
  for (const int wrong : {0, 19, 21, 0xffff}) {
    header = gso(large, 100);
    header.checksum_start = static_cast<std::uint16_t>(wrong);
    expect(NotSegmentable::malformed, header, octets);
    header = gso(large, 100);
    header.checksum_offset = static_cast<std::uint16_t>(wrong);
    expect(NotSegmentable::malformed, header, octets);
  }
  expect(NotSegmentable::malformed, gso(large, 100), udp_packet(1000).octets());
}

TEST_F(Segmentation, AFragmentCannotBeCut) {
  TestPacket large = tcp_packet(1000);
  for (const std::uint16_t fragment : Words{0x2000, 0x2001, 0x0001}) {
    large.fragment = fragment;
    expect(NotSegmentable::malformed, gso(large, 100), with_partial_checksum(large.octets()));
  }
}

TEST_F(Segmentation, AnImpossibleTcpHeaderIsMalformed) {
  TestPacket large = tcp_packet(20);
  for (std::uint8_t words = 0; words < 16; ++words) {
    Bytes octets = with_partial_checksum(large.octets());  // 52 of header and data
    octets[20 + tcp::kDataOffset] = static_cast<std::uint8_t>(words << 4);
    EXPECT_EQ(run(gso(large, 10), octets).has_value(), words >= 5 && words <= 13) << int{words};
  }
}

TEST_F(Segmentation, NoCutPacketIsReadBeyondItsEnd) {
  for (const TestPacket& large : {tcp_packet(30), udp_packet(30)}) {
    const Bytes whole = with_partial_checksum(large.octets());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      // On the heap with exactly this size, so that the sanitizer sees a read beyond.
      Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      expect(NotSegmentable::not_ip, gso(large, 10), cut);
      if (size < 20) continue;
      set_u16(cut, ipv4::kTotalLength, static_cast<std::uint16_t>(size));
      const std::size_t headers = large.protocol == Ipv4Packet::kTcp ? 52 : 28;
      EXPECT_EQ(run(gso(large, 10), cut).has_value(), size >= headers) << size;
      run(partial(large), cut);
    }
  }
}

TEST_F(Segmentation, WhatIsNotIpv4IsRefused) {
  expect(NotSegmentable::not_ip, {}, from_hex("60000000 00003aff"));
}

TEST_F(Segmentation, NothingLargerThanTheMtuComesOut) {
  const TestPacket large = tcp_packet(kMtu);
  const Bytes octets = with_partial_checksum(large.octets());
  EXPECT_TRUE(run(gso(large, kMtu - 52), octets));
  expect(NotSegmentable::too_large, gso(large, kMtu - 51), octets);
  expect(NotSegmentable::too_large, gso(large, 0xffff), octets);
  expect(NotSegmentable::too_large, partial(large), octets);
  EXPECT_TRUE(run(partial(large), octets, octets.size()));
  expect(NotSegmentable::too_large, partial(large), octets, octets.size() - 1);
}

TEST_F(Segmentation, NothingLargerThanABufferComesOut) {
  const TestPacket large = udp_packet(PacketBuffer::kRoom - 27);
  const Bytes octets = with_partial_checksum(large.octets());
  expect(NotSegmentable::too_large, partial(large), octets, 65535);
  expect(NotSegmentable::too_large, gso(large, 0xffff), octets, 65535);
  EXPECT_TRUE(run(gso(large, PacketBuffer::kRoom - 28), octets, 65535));
}

TEST_F(Segmentation, CountsWhatADryPoolHasCost) {
  PacketPool pool(3);
  PacketBatch packets;
  const TestPacket large = tcp_packet(1000);
  const Bytes octets = with_partial_checksum(large.octets());
  const auto first = segment(gso(large, 100), octets, kMtu, pool, packets).value();
  EXPECT_EQ(first.packets, 3U);
  EXPECT_EQ(first.lost, 7U);
  EXPECT_EQ(packets.size(), 3U);
  EXPECT_EQ(segment(gso(large, 100), octets, kMtu, pool, packets).value().lost, 10U);
  EXPECT_EQ(segment(partial(large), octets, kMtu, pool, packets).value().lost, 1U);
  EXPECT_EQ(packets.size(), 3U);
}

TEST(VirtioNetHeader, IsTenOctetsLittleEndian) {
  const VirtioNetHeader header{.flags = 1,
                               .gso_type = 0x81,
                               .headers_size = 0x0102,
                               .gso_size = 0x0304,
                               .checksum_start = 0x0506,
                               .checksum_offset = 0x0708};
  EXPECT_EQ(to_hex(header.serialise()), "01810201040306050807");
  EXPECT_EQ(VirtioNetHeader::parse(header.serialise()), header);
  for (std::size_t size = 0; size < VirtioNetHeader::kSize; ++size) {
    EXPECT_FALSE(VirtioNetHeader::parse(Bytes(size)));
  }
}

}  // namespace
}  // namespace upptpd::ip
