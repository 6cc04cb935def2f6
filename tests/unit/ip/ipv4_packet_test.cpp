#include "ip/ipv4_packet.hpp"

#include <gtest/gtest.h>

#include "ip/address_filters.hpp"
#include "ip/checksum.hpp"

namespace upptpd::ip {
namespace {

// 10.0.0.2 to 192.0.2.1, 20 octets of header and 4 of data.
constexpr const char* kPacket = "45000018 00000000 40110000 0a000002 c0000201 deadbeef";

Bytes with(std::size_t offset, std::uint8_t value) {
  Bytes packet = from_hex(kPacket);
  packet.at(offset) = value;
  return packet;
}

TEST(Ipv4Packet, ReadsTheAddressesAndTheLength) {
  const auto parsed = Ipv4Packet::parse(from_hex(kPacket));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->source.to_string(), "10.0.0.2");
  EXPECT_EQ(parsed->destination.to_string(), "192.0.2.1");
  EXPECT_EQ(parsed->total_length, 24);
}

TEST(Ipv4Packet, TakesPaddingBehindTheTotalLength) {
  Bytes padded = from_hex(kPacket);
  padded.resize(46);
  const auto parsed = Ipv4Packet::parse(padded);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->total_length, 24);
}

TEST(Ipv4Packet, RefusesEveryCutPacket) {
  const Bytes whole = from_hex(kPacket);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // On the heap with exactly this size, so that the sanitizer sees a read beyond.
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(Ipv4Packet::parse(cut)) << size;
  }
}

TEST(Ipv4Packet, RefusesOtherVersions) {
  for (unsigned version = 0; version < 16; ++version) {
    const auto first = static_cast<std::uint8_t>(version << 4 | 5);
    EXPECT_EQ(Ipv4Packet::parse(with(0, first)).has_value(), version == 4) << version;
  }
}

TEST(Ipv4Packet, RefusesAHeaderShorterThanTwentyOctets) {
  for (std::uint8_t words = 0; words < 5; ++words) {
    EXPECT_FALSE(Ipv4Packet::parse(with(0, 0x40 | words))) << int{words};
  }
}

TEST(Ipv4Packet, RefusesAHeaderLongerThanThePacket) {
  EXPECT_TRUE(Ipv4Packet::parse(with(0, 0x46)));   // 24 octets: options and no data
  EXPECT_FALSE(Ipv4Packet::parse(with(0, 0x47)));  // 28 of 24
  EXPECT_FALSE(Ipv4Packet::parse(with(0, 0x4f)));
}

TEST(Ipv4Packet, RefusesATotalLengthOutsideHeaderAndPacket) {
  EXPECT_FALSE(Ipv4Packet::parse(with(3, 0)));
  EXPECT_FALSE(Ipv4Packet::parse(with(3, 19)));
  EXPECT_TRUE(Ipv4Packet::parse(with(3, 20)));
  EXPECT_FALSE(Ipv4Packet::parse(with(3, 25)));
  EXPECT_FALSE(Ipv4Packet::parse(with(2, 0xff)));
}

TEST(Ipv4Packet, ReadsTheProtocol) {
  const auto parsed = Ipv4Packet::parse(from_hex(kPacket));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->protocol, Ipv4Packet::kUdp);
}

TEST(Ipv4Packet, AWholePacketIsNoFragment) {
  const auto parsed = Ipv4Packet::parse(from_hex(kPacket));
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->dont_fragment);
  EXPECT_FALSE(parsed->more_fragments);
  EXPECT_EQ(parsed->fragment_offset, 0);
}

TEST(Ipv4Packet, ReadsTheFlagsAndTheOffsetInOctets) {
  struct Case {
    std::uint8_t octet;
    bool dont_fragment;
    bool more_fragments;
    std::uint16_t offset;
  };
  for (const Case& each : {Case{0x40, true, false, 0}, Case{0x20, false, true, 0},
                           Case{0x80, false, false, 0},  // reserved
                           Case{0x01, false, false, 2048}, Case{0x1f, false, false, 63488},
                           Case{0xff, true, true, 63488}}) {
    const auto parsed = Ipv4Packet::parse(with(6, each.octet));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->dont_fragment, each.dont_fragment) << int{each.octet};
    EXPECT_EQ(parsed->more_fragments, each.more_fragments) << int{each.octet};
    EXPECT_EQ(parsed->fragment_offset, each.offset) << int{each.octet};
  }
  EXPECT_EQ(Ipv4Packet::parse(with(7, 1))->fragment_offset, 8);
}

TEST(Ipv4Packet, ThePayloadLiesBetweenHeaderAndPadding) {
  Bytes padded = from_hex(kPacket);
  padded.resize(46);
  EXPECT_EQ(to_hex(Ipv4Packet::parse(padded)->payload(padded)), "deadbeef");
  const Bytes with_options = with(0, 0x46);
  EXPECT_EQ(to_hex(Ipv4Packet::parse(with_options)->payload(with_options)), "");
}

TEST(Ipv4Header, IsReadAsItWasWritten) {
  const Ipv4Address source(0x0a000001);
  const Ipv4Address destination(0xc0000201);
  const auto header = ipv4_header(Ipv4Packet::kUdp, source, destination, 300);
  EXPECT_EQ(ones_complement_sum(header), 0xffff);
  Bytes packet(header.begin(), header.end());
  packet.resize(320);
  const auto parsed = Ipv4Packet::parse(packet);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->source, source);
  EXPECT_EQ(parsed->destination, destination);
  EXPECT_EQ(parsed->header_length, 20U);
  EXPECT_EQ(parsed->total_length, 320);
  EXPECT_EQ(parsed->protocol, Ipv4Packet::kUdp);
  EXPECT_TRUE(parsed->dont_fragment);
  EXPECT_FALSE(parsed->more_fragments);
  EXPECT_EQ(parsed->fragment_offset, 0);
}

TEST(SourceFilter, PermitsTheClientsOwnAddressOnly) {
  const SourceFilter filter(Ipv4Address(0x0a000002));
  EXPECT_TRUE(filter.permits(Ipv4Address(0x0a000002)));
  EXPECT_FALSE(filter.permits(Ipv4Address(0x0a000003)));
  EXPECT_FALSE(filter.permits(Ipv4Address()));
  EXPECT_FALSE(filter.permits(Ipv4Address(0xffffffff)));
}

}  // namespace
}  // namespace upptpd::ip
