#include "ppp/ccp.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ppp/control_protocol.hpp"
#include "unit/ppp/judgement_in_words.hpp"

namespace upptpd::ppp {
namespace {

class CcpTest : public testing::Test {
 protected:
  explicit CcpTest(EncryptionPolicy policy = {}) : negotiation_(policy) { negotiation_.begin(); }

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
  negotiation_.propose();
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

TEST_F(CcpTest, ANakToAnotherStrengthIsANo) {
  for (const char* nak : {"1206 01000020", "1206 01000080", "1206 010000a0"}) {
    CcpNegotiation negotiation(EncryptionPolicy{});
    negotiation.begin();
    negotiation.propose();
    EXPECT_EQ(negotiation.on_nak(from_hex(nak)), Agreement::impossible) << nak;
  }
}

// Among them RRAS's, which wants our one strength without MPPC beside it.
TEST_F(CcpTest, ANakThatLeavesOurStrengthIsAskedAgainAFewTimes) {
  for (const char* nak : {"1206 01000040", "1206 01000060", "1206 00000040", "1206 00000000",
                          "1205 010000", "1105 000104", ""}) {
    CcpNegotiation negotiation(EncryptionPolicy{});
    negotiation.begin();
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(to_hex(negotiation.propose()), "120601000040");
      EXPECT_EQ(negotiation.on_nak(from_hex(nak)), Agreement::possible) << nak;
    }
    EXPECT_EQ(negotiation.on_nak(from_hex(nak)), Agreement::impossible) << nak;
  }
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

/// What an opened CCP sends back for a packet; "drop" for what is of no use.
std::string answer_to(CcpNegotiation& negotiation, const char* mode, const char* packet) {
  ControlProtocol protocol(negotiation, RestartPolicy{});
  protocol.open(Instant{});
  protocol.receive(from_hex(std::string("01 07 000a 1206") + mode), Instant{});
  protocol.receive(from_hex(std::string("01 08 000a 1206") + mode), Instant{});
  while (auto output = protocol.next_output()) {
    // Agrees to whatever was asked.
    const auto* sent = std::get_if<ControlProtocol::Send>(&*output);
    if (sent == nullptr || sent->packet[0] != 1) continue;
    Bytes ack = sent->packet;
    ack[0] = 2;
    protocol.receive(ack, Instant{});
  }
  EXPECT_TRUE(protocol.opened());
  protocol.receive(from_hex(packet), Instant{});
  const auto output = protocol.next_output();
  if (!output) return "nothing";
  const auto* sent = std::get_if<ControlProtocol::Send>(&*output);
  return sent != nullptr ? to_hex(sent->packet) : "drop";
}

TEST_F(CcpTest, AStatelessLinkHasNoUseForResets) {
  EXPECT_EQ(answer_to(negotiation_, "01000040", "0e 09 0004"), "drop");
  EXPECT_FALSE(negotiation_.take_reset());
  EXPECT_EQ(answer_to(negotiation_, "01000040", "0f 09 0004"), "nothing");
}

TEST_F(CcpTest, AStatefulLinkIsResetAndSaysSo) {
  CcpNegotiation negotiation({.stateful = true});
  EXPECT_EQ(answer_to(negotiation, "00000040", "0e 09 0004"), "0f090004");
  EXPECT_TRUE(negotiation.take_reset());
  EXPECT_FALSE(negotiation.take_reset());
}

TEST_F(CcpTest, WindowsIsResetWithoutAWord) {
  CcpNegotiation negotiation({.stateful = true});
  negotiation.leave_resets_unanswered();
  EXPECT_EQ(answer_to(negotiation, "00000040", "0e 09 0004"), "nothing");
  EXPECT_TRUE(negotiation.take_reset());
}

TEST_F(CcpTest, DoesNotKnowTheCodesOfLcp) {
  EXPECT_EQ(negotiation_.on_extra_code({Code::echo_request, 1, {}}), ExtraCode::unknown);
  EXPECT_EQ(negotiation_.on_extra_code({Code::protocol_reject, 1, {}}), ExtraCode::unknown);
}

}  // namespace
}  // namespace upptpd::ppp
