#include "ppp/frame.hpp"

#include <gtest/gtest.h>

namespace upptpd::ppp {
namespace {

std::optional<FrameHeader> parse(const char* hex) { return parse_frame_header(from_hex(hex)); }

void expect_header(const char* hex, Protocol protocol, std::size_t size) {
  const auto header = parse(hex);
  ASSERT_TRUE(header) << hex;
  EXPECT_EQ(header->protocol, protocol) << hex;
  EXPECT_EQ(header->size, size) << hex;
}

TEST(FrameHeader, AddressAndControlMayBeMissing) {
  expect_header("ff03 c021 01", Protocol::lcp, 4);
  expect_header("c021 01", Protocol::lcp, 2);
  expect_header("ff03 80fd", Protocol::ccp, 4);
  expect_header("80fd", Protocol::ccp, 2);
}

TEST(FrameHeader, ProtocolMayHaveOneOctetOrTwo) {
  expect_header("fd 9000", Protocol::compressed, 1);
  expect_header("00fd 9000", Protocol::compressed, 2);
  expect_header("ff03 fd", Protocol::compressed, 3);
  expect_header("ff03 00fd", Protocol::compressed, 4);
  expect_header("21 45", Protocol::ipv4, 1);
  expect_header("0021 45", Protocol::ipv4, 2);
}

TEST(FrameHeader, IsNotThereInFramesThatAreTooShort) {
  EXPECT_FALSE(parse(""));
  EXPECT_FALSE(parse("ff03"));
  EXPECT_FALSE(parse("c0"));
  EXPECT_FALSE(parse("ff03 80"));
  EXPECT_FALSE(parse("00"));
}

TEST(FrameHeader, HalfAnAddressFieldIsAProtocol) {
  expect_header("ff", static_cast<Protocol>(0xff), 1);
  expect_header("ff c0", static_cast<Protocol>(0xff), 1);
}

TEST(FrameHeader, TakesAddressAndControlOffOnce) {
  expect_header("ff03 ff03 c021", static_cast<Protocol>(0xff), 3);
}

class PushFrameHeader : public testing::Test {
 protected:
  std::string pushed(Protocol protocol, HeaderCompression compression) {
    const Packet packet = pool_.take();
    check(packet->assign(from_hex("aa")));
    push_frame_header(*packet, protocol, compression);
    return to_hex(packet->view());
  }

  PacketPool pool_{1};
};

TEST_F(PushFrameHeader, IsWholeWithoutCompression) {
  EXPECT_EQ(pushed(Protocol::compressed, {}), "ff0300fdaa");
  EXPECT_EQ(pushed(Protocol::ccp, {}), "ff0380fdaa");
}

TEST_F(PushFrameHeader, IsAsShortAsThePeerAskedFor) {
  EXPECT_EQ(pushed(Protocol::compressed, {.protocol_field = true}), "ff03fdaa");
  EXPECT_EQ(pushed(Protocol::compressed, {.address_and_control = true}), "00fdaa");
  EXPECT_EQ(pushed(Protocol::compressed, {true, true}), "fdaa");
}

TEST_F(PushFrameHeader, KeepsBothOctetsOfALargeProtocolNumber) {
  EXPECT_EQ(pushed(Protocol::chap, {true, true}), "c223aa");
  EXPECT_EQ(pushed(Protocol::ipcp, {true, true}), "8021aa");
}

// RFC 1661 section 6.6: so that a peer that starts again understands it.
TEST_F(PushFrameHeader, NeverShortensLcp) {
  EXPECT_EQ(pushed(Protocol::lcp, {true, true}), "ff03c021aa");
}

TEST_F(PushFrameHeader, IsReadBackInEveryForm) {
  for (Protocol protocol : {Protocol::ipv4, Protocol::compressed, Protocol::ipcp, Protocol::ipv6cp,
                            Protocol::ccp, Protocol::lcp, Protocol::pap, Protocol::chap}) {
    for (int form = 0; form < 4; ++form) {
      const Bytes frame = from_hex(pushed(protocol, {(form & 1) != 0, (form & 2) != 0}));
      const auto header = parse_frame_header(frame);
      ASSERT_TRUE(header);
      EXPECT_EQ(header->protocol, protocol);
      EXPECT_EQ(to_hex(View(frame).subspan(header->size)), "aa");
    }
  }
}

}  // namespace
}  // namespace upptpd::ppp
