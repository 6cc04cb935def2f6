#include "gre/header.hpp"

#include <gtest/gtest.h>

namespace upptpd::gre {
namespace {

Bytes serialised(const Header& header) {
  Bytes out(header.size());
  serialise(header, out);
  return out;
}

TEST(GreHeader, ReadsWhatWindowsSends) {
  const Bytes data = from_hex("3081 880b 0003 736a 00000007 00000004 aabbcc");
  const Header header = parse(data).value();
  EXPECT_EQ(header.call_id, 0x736a);
  EXPECT_EQ(header.payload_length, 3);
  EXPECT_EQ(header.sequence->value(), 7U);
  EXPECT_EQ(header.acknowledgment->value(), 4U);
  EXPECT_EQ(header.size(), 16U);
}

TEST(GreHeader, ReadsAPureAcknowledgment) {
  const Header header = parse(from_hex("2081 880b 0000 0b74 00000002")).value();
  EXPECT_FALSE(header.sequence);
  EXPECT_EQ(header.acknowledgment->value(), 2U);
}

TEST(GreHeader, TakesWhatFollowsThePayloadAsPadding) {
  EXPECT_EQ(parse(from_hex("3001 880b 0001 0001 00000000 c0 0000000000"))->payload_length, 1);
}

TEST(GreHeader, RoundTrips) {
  for (bool sequence : {false, true}) {
    for (bool acknowledgment : {false, true}) {
      Header header;
      header.call_id = 0xfffe;
      if (sequence) header.sequence = SequenceNumber(0xfffffffe);
      if (acknowledgment) header.acknowledgment = SequenceNumber(0xffffffff);
      EXPECT_EQ(parse(serialised(header)).value(), header);
    }
  }
}

TEST(GreHeader, NamesWhatIsWrong) {
  const auto reason = [](const char* hex) { return parse(from_hex(hex)).error(); };
  EXPECT_EQ(reason("3001880b"), DropReason::gre_truncated);
  EXPECT_EQ(reason("3001880b0004 0001 00000000 aabb"), DropReason::gre_truncated);
  EXPECT_EQ(reason("3081880b0000 0001 00000000"), DropReason::gre_truncated);
  EXPECT_EQ(reason("3000880b0000 0001 00000000"), DropReason::gre_version);  // GRE version 0
  EXPECT_EQ(reason("1001880b0000 0001 00000000"), DropReason::gre_version);  // no key
  EXPECT_EQ(reason("b001880b0000 0001 00000000"), DropReason::gre_version);  // checksum
  EXPECT_EQ(reason("300108000000 0001 00000000"), DropReason::gre_protocol);
}

}  // namespace
}  // namespace upptpd::gre
