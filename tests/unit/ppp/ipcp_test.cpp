#include "ppp/ipcp.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/ppp/judgement_in_words.hpp"

namespace upptpd::ppp {
namespace {

Ipv4Address address(const char* text) { return Ipv4Address::parse(text).value(); }

IpAssignment assignment() {
  IpAssignment assigned;
  assigned.local = address("10.0.0.1");
  assigned.client = address("10.0.0.2");
  assigned.dns = {address("10.0.0.53"), address("10.0.0.54")};
  return assigned;
}

// What Windows 2000 to 11 ask for: address, DNS, WINS, DNS, WINS.
constexpr const char* kWindows =
    "0306 00000000 8106 00000000 8206 00000000 8306 00000000 8406 00000000";

class IpcpTest : public testing::Test {
 protected:
  IpcpTest() { negotiation_.begin(); }

  std::string judged(const char* request, bool may_nak = true) {
    return judge_in_words(negotiation_, request, may_nak);
  }

  IpcpNegotiation negotiation_{assignment()};
};

TEST_F(IpcpTest, SaysItsAddressAndNothingElse) {
  EXPECT_EQ(to_hex(negotiation_.propose()), "03060a000001");
}

TEST_F(IpcpTest, WindowsGetsItsAddressAndDnsInTwoRounds) {
  EXPECT_EQ(judged(kWindows), "reject 820600000000840600000000");
  EXPECT_EQ(judged("0306 00000000 8106 00000000 8306 00000000"),
            "nak 03060a00000281060a00003583060a000036");
  EXPECT_FALSE(negotiation_.agreed().has_value());
  EXPECT_EQ(judged("0306 0a000002 8106 0a000035 8306 0a000036"), "ack");
  EXPECT_TRUE(negotiation_.agreed().has_value());
}

TEST_F(IpcpTest, WindowsGetsAllFourServersInOneRound) {
  IpAssignment assigned = assignment();
  assigned.wins = {address("10.0.0.60"), address("10.0.0.61")};
  IpcpNegotiation negotiation(assigned);
  negotiation.begin();
  EXPECT_EQ(judge_in_words(negotiation, kWindows, true),
            "nak 03060a00000281060a00003582060a00003c83060a00003684060a00003d");
}

TEST_F(IpcpTest, RejectsTheServersThatWeDoNotHave) {
  IpAssignment assigned = assignment();
  assigned.dns = {};
  IpcpNegotiation negotiation(assigned);
  negotiation.begin();
  EXPECT_EQ(judge_in_words(negotiation, kWindows, true),
            "reject 810600000000820600000000830600000000840600000000");
}

TEST_F(IpcpTest, RejectsHeaderCompressionAndTheOldAddressesOption) {
  EXPECT_EQ(judged("0306 0a000002 0206 002d0f01"), "reject 0206002d0f01");
  EXPECT_EQ(judged("010a 00000000 00000000"), "reject 010a0000000000000000");
  EXPECT_FALSE(negotiation_.agreed().has_value());
}

// The Yamaha RTX-1000.
TEST_F(IpcpTest, ARequestWithoutAnAddressIsToldOne) {
  EXPECT_EQ(judged(""), "nak 03060a000002");
  EXPECT_EQ(judged("8106 00000000"), "nak 81060a00003503060a000002");
  EXPECT_EQ(judged("0306 0a000002"), "ack");
}

TEST_F(IpcpTest, DoesNotNakServersThatWereNotAskedFor) {
  EXPECT_EQ(judged("0306 00000000"), "nak 03060a000002");
}

TEST_F(IpcpTest, AnAddressOfTheClientsOwnChoiceIsNaked) {
  EXPECT_EQ(judged("0306 c0a80001"), "nak 03060a000002");
  EXPECT_EQ(judged("0306 0a000001"), "nak 03060a000002");
  EXPECT_FALSE(negotiation_.agreed().has_value());
}

TEST_F(IpcpTest, AnAddressOfAnotherSizeIsNaked) {
  EXPECT_EQ(judged("0303 0a"), "nak 03060a000002");
  EXPECT_EQ(judged("0302"), "nak 03060a000002");
}

TEST_F(IpcpTest, AfterEnoughNaksItRejects) {
  EXPECT_EQ(judged("0306 c0a80001 8106 08080808", false), "reject 0306c0a80001810608080808");
  EXPECT_FALSE(negotiation_.agreed().has_value());
}

TEST_F(IpcpTest, OpeningWithoutAnAddressAfterEnoughNaksIsNoAgreement) {
  EXPECT_EQ(judged("", false), "ack");
  EXPECT_FALSE(negotiation_.agreed().has_value());
}

TEST_F(IpcpTest, ALaterRequestForAnotherAddressTakesTheAgreementBack) {
  judged("0306 0a000002");
  judged("0306 0a000003");
  EXPECT_FALSE(negotiation_.agreed().has_value());
}

TEST_F(IpcpTest, HoldsOnToItsOwnAddressUntilItIsRejected) {
  EXPECT_EQ(negotiation_.on_nak(from_hex("0306 0a0000fe")), Agreement::possible);
  EXPECT_EQ(to_hex(negotiation_.propose()), "03060a000001");
  EXPECT_EQ(negotiation_.on_reject(from_hex("0306 0a000001")), Agreement::possible);
  EXPECT_EQ(to_hex(negotiation_.propose()), "");
}

}  // namespace
}  // namespace upptpd::ppp
