#include "ppp/ipcp_client.hpp"

#include <gtest/gtest.h>

#include "unit/ppp/judgement_in_words.hpp"

namespace upptpd::ppp {
namespace {

class IpcpClientTest : public testing::Test {
 protected:
  IpcpClientTest() { negotiation_.begin(); }

  void naked(const char* options) {
    EXPECT_EQ(negotiation_.on_nak(from_hex(options)), Agreement::possible);
  }

  IpcpClientNegotiation negotiation_;
};

TEST_F(IpcpClientTest, AsksForAnAddressAndDns) {
  EXPECT_EQ(to_hex(negotiation_.propose()), "030600000000810600000000830600000000");
}

TEST_F(IpcpClientTest, TakesWhatItIsGiven) {
  naked("0306 0a000002 8106 0a000035");
  EXPECT_EQ(to_hex(negotiation_.propose()), "03060a00000281060a000035830600000000");
  EXPECT_FALSE(negotiation_.agreed());
  negotiation_.on_ack();
  ASSERT_TRUE(negotiation_.agreed());
  EXPECT_EQ(negotiation_.agreed()->client.to_string(), "10.0.0.2");
  EXPECT_EQ(negotiation_.agreed()->dns[0].to_string(), "10.0.0.53");
}

TEST_F(IpcpClientTest, DoesWithoutDns) {
  EXPECT_EQ(negotiation_.on_reject(from_hex("8106 00000000 8306 00000000")), Agreement::possible);
  EXPECT_EQ(to_hex(negotiation_.propose()), "030600000000");
}

TEST_F(IpcpClientTest, DoesNotDoWithoutAnAddress) {
  EXPECT_EQ(negotiation_.on_reject(from_hex("0306 00000000")), Agreement::impossible);
}

TEST_F(IpcpClientTest, LearnsTheServersAddressAndRejectsTheRest) {
  EXPECT_EQ(judge_in_words(negotiation_, "0306 0a000001 0206 002d0f01", true),
            "reject 0206002d0f01");
  EXPECT_EQ(judge_in_words(negotiation_, "0306 0a000001", true), "ack");
  naked("0306 0a000002");
  negotiation_.on_ack();
  EXPECT_EQ(negotiation_.agreed()->local.to_string(), "10.0.0.1");
}

TEST_F(IpcpClientTest, HasNoAddressWhenItWasGivenNoneOrAnImpossibleOne) {
  negotiation_.on_ack();
  EXPECT_FALSE(negotiation_.agreed());
  naked("0306 7f000001");
  negotiation_.on_ack();
  EXPECT_FALSE(negotiation_.agreed());
}

TEST_F(IpcpClientTest, TakesASecondDnsServer) {
  naked("0306 0a000002 8306 0a000036");
  negotiation_.on_ack();
  EXPECT_EQ(negotiation_.agreed()->dns[1].to_string(), "10.0.0.54");
}

TEST_F(IpcpClientTest, RejectsAServerAddressThatNoHostCanHave) {
  EXPECT_EQ(judge_in_words(negotiation_, "0306 00000000", true), "reject 030600000000");
}

TEST_F(IpcpClientTest, KnowsNoExtraCode) {
  EXPECT_EQ(negotiation_.on_extra_code({Code::reset_request, 1, {}}), ExtraCode::unknown);
}

}  // namespace
}  // namespace upptpd::ppp
