#include "ip/arp_packet.hpp"

#include <gtest/gtest.h>

namespace upptpd::ip {
namespace {

constexpr MacAddress kHost = {0x02, 0, 0, 0, 0, 1};
constexpr MacAddress kOurs = {0x02, 0, 0, 0, 0, 2};

Ipv4Address address(const char* text) { return *Ipv4Address::parse(text); }

/// A request as it is on the wire: who has 10.0.0.5, tell 10.0.0.9.
const Bytes kRequest = from_hex(
    "0001080006040001"
    "020000000001"
    "0a000009"
    "000000000000"
    "0a000005");

TEST(ArpPacket, ReadsARequest) {
  const auto request = ArpPacket::parse(kRequest);
  ASSERT_TRUE(request);
  EXPECT_EQ(*request, (ArpPacket{ArpPacket::Operation::request, kHost, address("10.0.0.9"),
                                 MacAddress{}, address("10.0.0.5")}));
  const auto octets = request->serialise();
  EXPECT_EQ(Bytes(octets.begin(), octets.end()), kRequest);
}

TEST(ArpPacket, AnswersARequest) {
  EXPECT_EQ(ArpPacket::parse(kRequest)->reply_from(kOurs),
            (ArpPacket{ArpPacket::Operation::reply, kOurs, address("10.0.0.5"), kHost,
                       address("10.0.0.9")}));
}

TEST(ArpPacket, ProbesWithoutClaimingAndAnnouncesWithBoth) {
  const ArpPacket probe = ArpPacket::probe(kOurs, address("10.0.0.5"));
  EXPECT_TRUE(probe.sender.is_unspecified());
  EXPECT_EQ(probe.target, address("10.0.0.5"));
  const ArpPacket announcement = ArpPacket::announcement(kOurs, address("10.0.0.5"));
  EXPECT_EQ(announcement.sender, announcement.target);
  EXPECT_EQ(announcement.sender_mac, kOurs);
}

TEST(ArpPacket, IsForIpv4OnEthernetOnly) {
  for (std::size_t i = 0; i < kRequest.size(); ++i) {
    EXPECT_FALSE(ArpPacket::parse(View(kRequest).first(i))) << i;
  }
  for (const std::size_t place : {0U, 1U, 2U, 3U, 4U, 5U, 6U}) {
    Bytes other = kRequest;
    other[place] ^= 0x10;
    EXPECT_FALSE(ArpPacket::parse(other)) << place;
  }
  for (const std::uint8_t operation : Bytes{0, 3, 8}) {
    Bytes other = kRequest;
    other[7] = operation;
    EXPECT_FALSE(ArpPacket::parse(other));
  }
  Bytes padded = kRequest;
  padded.resize(46);
  EXPECT_TRUE(ArpPacket::parse(padded));
}

TEST(MacAddress, ReadsAsItIsWritten) {
  EXPECT_EQ(to_string(MacAddress{0x52, 0x54, 0, 0xab, 0xc, 0xff}), "52:54:00:ab:0c:ff");
}

}  // namespace
}  // namespace upptpd::ip
