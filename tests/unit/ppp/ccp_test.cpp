#include "ppp/ccp.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ppp/control_protocol.hpp"
#include "unit/ppp/judgement_in_words.hpp"

namespace upptpd::ppp {
namespace {

class CcpTest : public testing::Test {
 protected:
  CcpTest() { negotiation_.begin(); }

  /// "ack", or the kind of refusal and its options.
  std::string judged(const char* request, bool may_nak = true) {
    return judge_in_words(negotiation_, request, may_nak);
  }

  CcpNegotiation negotiation_;
};

TEST_F(CcpTest, AsksForExactly128BitsStateless) {
  EXPECT_EQ(to_hex(negotiation_.propose()), "120601000040");
}

TEST_F(CcpTest, AgreesOnlyWhenBothDirectionsDo) {
  EXPECT_FALSE(negotiation_.agreed());
  EXPECT_EQ(judged("1206 01000040"), "ack");
  EXPECT_FALSE(negotiation_.agreed());
  negotiation_.on_ack();
  EXPECT_TRUE(negotiation_.agreed());
  negotiation_.begin();
  EXPECT_FALSE(negotiation_.agreed());
}

// Windows 2000 and XP "require", Windows 10 "optional", XP "optional", old stateful 40 bits, 128
// with compression, all strengths.
TEST_F(CcpTest, NaksEverythingElseToTheOneThing) {
  for (const char* request : {"1206 010000e1", "1206 010000e0", "1206 01000000", "1206 00000001",
                              "1206 00000020", "1206 00000040", "1206 01000041", "1206 01000060",
                              "1206 01000080", "1206 00000000", "1206 ffffffff", "1206 81000040"}) {
    EXPECT_EQ(judged(request), "nak 120601000040") << request;
    EXPECT_FALSE(negotiation_.agreed());
  }
}

TEST_F(CcpTest, NaksARequestWithoutAnyOption) { EXPECT_EQ(judged(""), "nak 120601000040"); }

// Windows 98 gives encryption up when its MPPE option is rejected along with LZS.
TEST_F(CcpTest, RejectsLzsAloneAndThenNaks) {
  EXPECT_EQ(judged("1206 01000031 1105 000104"), "reject 1105000104");
  EXPECT_EQ(judged("1206 01000031"), "nak 120601000040");
  EXPECT_EQ(judged("1206 01000040"), "ack");
}

TEST_F(CcpTest, RejectsOtherCompressionsThanMppe) {
  EXPECT_EQ(judged("1a04 7800 1804 7800 1503 2f"), "reject 1a0478001804780015032f");
}

TEST_F(CcpTest, RejectsAnMppeOptionOfAnotherSize) {
  EXPECT_EQ(judged("1205 010000"), "reject 1205010000");
  EXPECT_EQ(judged("1202"), "reject 1202");
}

TEST_F(CcpTest, AfterEnoughNaksRejectsTheOption) {
  EXPECT_EQ(judged("1206 01000020", false), "reject 120601000020");
  EXPECT_EQ(judged("1206 01000040", false), "ack");
}

TEST_F(CcpTest, AnEmptyRequestAfterEnoughNaksIsNoAgreement) {
  negotiation_.on_ack();
  judged("", false);
  EXPECT_FALSE(negotiation_.agreed());
}

TEST_F(CcpTest, ARefusedRequestTakesAnEarlierAgreementBack) {
  judged("1206 01000040");
  negotiation_.on_ack();
  judged("1206 01000020");
  EXPECT_FALSE(negotiation_.agreed());
}

TEST_F(CcpTest, ANakOfOurRequestIsANo) {
  for (const char* nak : {"1206 01000020", "1206 01000060", "1206 00000040", "1206 00000000",
                          "1205 010000", "1105 000104", ""}) {
    CcpNegotiation negotiation;
    negotiation.begin();
    EXPECT_EQ(negotiation.on_nak(from_hex(nak)), Agreement::impossible) << nak;
  }
}

TEST_F(CcpTest, ANakThatRepeatsOurWordsIsNotANo) {
  EXPECT_EQ(negotiation_.on_nak(from_hex("1206 01000040")), Agreement::possible);
}

TEST_F(CcpTest, ARejectOfOurRequestIsANo) {
  EXPECT_EQ(negotiation_.on_reject(from_hex("1206 01000040")), Agreement::impossible);
}

TEST_F(CcpTest, RemembersWhatThePeerOffered) {
  EXPECT_FALSE(negotiation_.peer_offer());
  judged("1206 010000e1");
  EXPECT_EQ(negotiation_.peer_offer(), 0x010000e1U);
  negotiation_.on_nak(from_hex("1206 01000020"));
  EXPECT_EQ(negotiation_.peer_offer(), 0x01000020U);
}

// Stateless packets need no reset, and Windows answers a Reset-Ack with a Code-Reject.
TEST_F(CcpTest, ResetsAreTakenWithoutAnAnswer) {
  ControlProtocol protocol(negotiation_, RestartPolicy{});
  protocol.open(Instant{});
  protocol.receive(from_hex("01 07 000a 1206 01000040"), Instant{});
  protocol.receive(from_hex("02 01 000a 1206 01000040"), Instant{});
  ASSERT_TRUE(protocol.opened());
  while (protocol.next_output()) {
  }
  protocol.receive(from_hex("0e 08 0004"), Instant{});
  protocol.receive(from_hex("0f 08 0004"), Instant{});
  EXPECT_FALSE(protocol.next_output());
  EXPECT_TRUE(protocol.opened());
}

TEST_F(CcpTest, DoesNotKnowTheCodesOfLcp) {
  EXPECT_EQ(negotiation_.on_extra_code({Code::echo_request, 1, {}}), ExtraCode::unknown);
  EXPECT_EQ(negotiation_.on_extra_code({Code::protocol_reject, 1, {}}), ExtraCode::unknown);
}

}  // namespace
}  // namespace upptpd::ppp
