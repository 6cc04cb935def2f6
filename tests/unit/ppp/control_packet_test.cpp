#include "ppp/control_packet.hpp"

#include <gtest/gtest.h>

namespace upptpd::ppp {
namespace {

TEST(ControlPacket, ReadsCodeIdentifierAndData) {
  const Bytes octets = from_hex("09 7f 0008 01020304");
  const auto packet = ControlPacket::parse(octets);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->code, Code::echo_request);
  EXPECT_EQ(packet->identifier, 0x7f);
  EXPECT_EQ(to_hex(packet->data), "01020304");
}

TEST(ControlPacket, TakesUnknownCodes) {
  const Bytes octets = from_hex("ee 01 0004");
  const auto packet = ControlPacket::parse(octets);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->code, static_cast<Code>(0xee));
}

TEST(ControlPacket, IgnoresPaddingBehindTheLength) {
  const Bytes octets = from_hex("05 01 0005 aa 000000");
  const auto packet = ControlPacket::parse(octets);
  ASSERT_TRUE(packet);
  EXPECT_EQ(to_hex(packet->data), "aa");
}

TEST(ControlPacket, RefusesImpossibleLengths) {
  for (const char* bad : {"", "01", "0101", "010100", "01010000", "01010003", "01010005",
                          "0101ffff aabb", "01010006aa"}) {
    EXPECT_FALSE(ControlPacket::parse(from_hex(bad))) << bad;
  }
}

TEST(ControlPacket, IsReadBackAsItWasWritten) {
  for (std::size_t size : {0U, 1U, 200U, 1500U}) {
    const Bytes data(size, 0x5a);
    const Bytes octets = ControlPacket{Code::code_reject, 9, data}.serialise();
    const auto packet = ControlPacket::parse(octets);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->code, Code::code_reject);
    EXPECT_EQ(packet->identifier, 9);
    EXPECT_EQ(to_hex(packet->data), to_hex(data));
  }
}

}  // namespace
}  // namespace upptpd::ppp
