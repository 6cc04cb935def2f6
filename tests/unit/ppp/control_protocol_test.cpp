#include "unit/ppp/control_protocol_under_test.hpp"

namespace upptpd::ppp {
namespace {

TEST_F(ControlProtocolTest, OpensWhenOurRequestIsAcknowledgedFirst) {
  protocol_.open(now_);
  EXPECT_EQ(outputs(), Log{kOurRequest});
  EXPECT_EQ(receive("02 01 0008 0104 0578"), Log{});
  EXPECT_EQ(receive("01 07 0006 0702"), (Log{"020700060702", "up"}));
  EXPECT_TRUE(protocol_.opened());
  EXPECT_FALSE(protocol_.deadline());
  EXPECT_EQ(negotiation_.acks, 1);
}

TEST_F(ControlProtocolTest, OpensWhenThePeersRequestComesFirst) {
  open();
  const Log answers = receive("01 07 0006 0702");
  EXPECT_EQ(answers.back(), "020700060702");
  EXPECT_FALSE(protocol_.opened());
  EXPECT_EQ(receive("02 01 0008 0104 0578"), Log{"up"});
}

TEST_F(ControlProtocolTest, SaysNothingBeforeItIsOpened) {
  EXPECT_EQ(receive("01 07 0006 0702"), Log{});
  EXPECT_FALSE(protocol_.deadline());
}

TEST_F(ControlProtocolTest, RepeatsTheSameRequestAndGivesUpAfterTen) {
  open();
  EXPECT_EQ(wait(milliseconds(2999)), Log{});
  Log expected;
  for (int i = 1; i <= 9; ++i) expected.push_back(std::to_string(3 * i) + "s " + kOurRequest);
  expected.emplace_back("30s finished no_answer");
  EXPECT_EQ(wait(seconds(100)), expected);
  EXPECT_FALSE(protocol_.deadline());
}

TEST_F(ControlProtocolTest, NewContentGetsANewIdentifier) {
  open();
  negotiation_.proposal = {};
  EXPECT_EQ(receive("03 01 0008 0104 0400"), Log{"01020004"});
  EXPECT_EQ(wait(seconds(3)), Log{"3s 01020004"});
}

TEST_F(ControlProtocolTest, ARefusalStartsTheCountAgain) {
  open();
  wait(seconds(27));  // the tenth is out
  receive("04 01 0008 0104 0578");
  EXPECT_EQ(wait(seconds(100)).size(), 10U);
}

TEST_F(ControlProtocolTest, IgnoresAcknowledgmentsOfSomethingElse) {
  open();
  EXPECT_EQ(receive("02 02 0008 0104 0578"), Log{});  // another identifier
  EXPECT_EQ(receive("02 00 0008 0104 0578"), Log{});
  EXPECT_EQ(receive("02 01 0008 0104 0579"), Log{});  // other options
  EXPECT_EQ(receive("02 01 0004"), Log{});            // none of them
  EXPECT_EQ(receive("02 01 000a 0104 0578 0702"), Log{});
  EXPECT_EQ(protocol_.state(), State::req_sent);
  EXPECT_EQ(negotiation_.acks, 0);
  receive("02 01 0008 0104 0578");
  EXPECT_EQ(protocol_.state(), State::ack_rcvd);
}

TEST_F(ControlProtocolTest, IgnoresADuplicatedAcknowledgment) {
  open();
  receive("02 01 0008 0104 0578");
  EXPECT_EQ(receive("02 01 0008 0104 0578"), Log{});
  EXPECT_EQ(protocol_.state(), State::ack_rcvd);
  receive("01 07 0004");
  EXPECT_EQ(receive("02 01 0008 0104 0578"), Log{});
  EXPECT_EQ(receive("03 01 0008 0104 0400"), Log{});
  EXPECT_EQ(receive("04 01 0008 0104 0578"), Log{});
  EXPECT_TRUE(protocol_.opened());
  EXPECT_EQ(negotiation_.acks, 1);
}

TEST_F(ControlProtocolTest, IgnoresAnAnswerToAnOlderRequest) {
  open();
  negotiation_.proposal = {};
  receive("04 01 0008 0104 0578");
  EXPECT_EQ(receive("02 01 0008 0104 0578"), Log{});
  EXPECT_EQ(receive("04 01 0008 0104 0578"), Log{});
  EXPECT_EQ(protocol_.state(), State::req_sent);
}

// The peer has acknowledged, but its own request keeps getting lost: it must be asked again.
TEST_F(ControlProtocolTest, AsksAgainWhenThePeersRequestStaysAway) {
  open();
  receive("02 01 0008 0104 0578");
  EXPECT_EQ(wait(seconds(3)), Log{"3s 0102000801040578"});
  EXPECT_EQ(protocol_.state(), State::req_sent);
}

TEST_F(ControlProtocolTest, IgnoresPacketsWithImpossibleOptions) {
  open();
  EXPECT_EQ(receive("01 07 0006 0701"), Log{});
  EXPECT_EQ(receive("03 01 0006 0100"), Log{});
  EXPECT_EQ(receive("01 07 0007 0104 05"), Log{});
  EXPECT_EQ(protocol_.state(), State::req_sent);
}

TEST_F(ControlProtocolTest, IgnoresPacketsWithImpossibleLengths) {
  open();
  EXPECT_EQ(receive(""), Log{});
  EXPECT_EQ(receive("01"), Log{});
  EXPECT_EQ(receive("01 07 0003"), Log{});
  EXPECT_EQ(receive("01 07 0009 0702"), Log{});
}

TEST_F(ControlProtocolTest, ThePeersFirstRequestBringsOursAgainBeforeTheAnswer) {
  open();
  EXPECT_EQ(receive("01 07 0006 0702"), (Log{kOurRequest, "020700060702"}));
  EXPECT_EQ(receive("01 08 0006 0702"), Log{"020800060702"});  // only the first one
}

TEST_F(ControlProtocolTest, ThePeersFirstRequestBringsNothingOnceOursIsAcknowledged) {
  open();
  receive("02 01 0008 0104 0578");
  EXPECT_EQ(receive("01 07 0004"), (Log{"02070004", "up"}));
}

TEST_F(ControlProtocolTest, APeerThatComesUpHearsOurRequestAtOnce) {
  open();
  now_ += milliseconds(20);
  protocol_.peer_came_up(now_);
  EXPECT_EQ(outputs(), Log{kOurRequest});
}

// Its answer may be on its way, and our request would find it open.
TEST_F(ControlProtocolTest, APeerThatWasHeardHasComeUpBefore) {
  open();
  EXPECT_EQ(receive("01 07 0004"), (Log{kOurRequest, "02070004"}));
  protocol_.peer_came_up(now_);
  EXPECT_EQ(outputs(), Log{});
}

TEST_F(ControlProtocolTest, APeerThatComesUpChangesNothingBeforeOpenAndAfterTheEnd) {
  protocol_.peer_came_up(now_);
  EXPECT_EQ(outputs(), Log{});
  open();
  wait(seconds(60));
  protocol_.peer_came_up(now_);
  EXPECT_EQ(outputs(), Log{});
}

// pppd says so while it does not want the protocol yet.
TEST_F(ControlProtocolTest, ATerminateAckToATooEarlyRequestCostsNothing) {
  open();
  EXPECT_EQ(receive("06 01 0004"), Log{});
  now_ += milliseconds(100);
  EXPECT_EQ(receive("01 07 0004"), (Log{kOurRequest, "02070004"}));
  EXPECT_EQ(receive("02 01 0008 0104 0578"), Log{"up"});
}

TEST_F(ControlProtocolTest, ARepeatedRequestInOpenedIsOnlyAcknowledged) {
  bring_up();
  EXPECT_EQ(receive("01 21 0004"), Log{"02210004"});
  EXPECT_EQ(receive("01 22 0004"), Log{"02220004"});
  EXPECT_EQ(receive("01 23 0004"), Log{"02230004"});
  EXPECT_TRUE(protocol_.opened());
  EXPECT_EQ(negotiation_.begun, 1);
}

TEST_F(ControlProtocolTest, ARequestRepeatedAgainAndAgainStartsAnew) {
  bring_up();
  for (int i = 0; i < 3; ++i) receive("01 21 0004");
  EXPECT_EQ(receive("01 22 0004"), (Log{"down", "0102000801040578", "02220004"}));
  EXPECT_EQ(negotiation_.begun, 2);
  EXPECT_EQ(receive("02 02 0008 0104 0578"), Log{"up"});
  EXPECT_EQ(receive("01 23 0004"), Log{"02230004"});
}

TEST_F(ControlProtocolTest, ARepeatedRequestStartsAnewOnceThePeerHadGoneOn) {
  bring_up();
  protocol_.peer_went_on();
  EXPECT_EQ(receive("01 21 0004"), (Log{"down", "0102000801040578", "02210004"}));
  EXPECT_EQ(receive("02 02 0008 0104 0578"), Log{"up"});
  EXPECT_EQ(receive("01 22 0004"), Log{"02220004"});
}

TEST_F(ControlProtocolTest, AnotherRequestInOpenedStartsAnewAtOnce) {
  bring_up();
  EXPECT_EQ(receive("01 21 0006 0702"), (Log{"down", "0102000801040578", "022100060702"}));
  EXPECT_EQ(protocol_.state(), State::ack_sent);
  EXPECT_EQ(negotiation_.begun, 2);
}

TEST_F(ControlProtocolTest, ARefusedRequestInOpenedStartsAnewAtOnce) {
  bring_up();
  negotiation_.judgement = {Judgement::Kind::nak, from_hex("0702")};
  EXPECT_EQ(receive("01 21 0006 0702"), (Log{"down", "0102000801040578", "032100060702"}));
  EXPECT_EQ(protocol_.state(), State::req_sent);
}

TEST_F(ControlProtocolTest, AfterEnoughNaksItRejects) {
  open();
  negotiation_.judgement = {Judgement::Kind::nak, from_hex("0702")};
  receive("01 07 0006 0702");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(receive("01 08 0006 0702"), Log{"030800060702"});
  EXPECT_EQ(receive("01 09 0006 0702"), Log{"040900060702"});
  EXPECT_EQ(receive("01 0a 0006 0702"), Log{"040a00060702"});
}

TEST_F(ControlProtocolTest, AnAckLetsItNakAgain) {
  open();
  negotiation_.judgement = {Judgement::Kind::nak, from_hex("0702")};
  for (int i = 0; i < 6; ++i) receive("01 08 0006 0702");
  negotiation_.judgement = {};
  EXPECT_EQ(receive("01 09 0004"), Log{"02090004"});
  negotiation_.judgement = {Judgement::Kind::nak, from_hex("0702")};
  EXPECT_EQ(receive("01 08 0006 0702"), Log{"030800060702"});
}

TEST_F(ControlProtocolTest, APeerThatAsksForTheImpossibleForEverEndsAsNotConverging) {
  open();
  negotiation_.judgement = {Judgement::Kind::reject, from_hex("0702")};
  int answers = 0;
  while (protocol_.state() == State::req_sent && answers < 100) {
    receive("01 08 0006 0702");
    ++answers;
  }
  EXPECT_EQ(answers, 21);
  EXPECT_EQ(protocol_.state(), State::closing);
  EXPECT_EQ(receive("06 02 0004"), Log{"finished not_converging"});
}

TEST_F(ControlProtocolTest, APeerThatRefusesForEverEndsAsNotConverging) {
  open();
  int refusals = 0;
  while (protocol_.state() == State::req_sent && refusals < 100) {
    const Bytes nak = {3, static_cast<std::uint8_t>(1 + refusals++), 0, 6, 7, 2};
    protocol_.receive(nak, now_);
    outputs();
  }
  EXPECT_EQ(refusals, 21);
  EXPECT_EQ(wait(seconds(20)).back(), "6s finished not_converging");
}

TEST_F(ControlProtocolTest, ARefusalThatRulesAnAgreementOutEndsAtOnce) {
  open();
  negotiation_.agreement = Agreement::impossible;
  EXPECT_EQ(receive("04 01 0008 0104 0578"), Log{"05020004"});
  EXPECT_EQ(receive("06 02 0004"), Log{"finished not_converging"});
}

}  // namespace
}  // namespace upptpd::ppp
