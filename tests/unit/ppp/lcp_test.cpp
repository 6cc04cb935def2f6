#include "ppp/lcp.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/random_sources.hpp"
#include "unit/ppp/judgement_in_words.hpp"

namespace upptpd::ppp {
namespace {

using std::chrono::seconds;

class LcpTest : public testing::Test {
 protected:
  LcpTest() { negotiation_.begin(); }

  std::string judged(const char* request, bool may_nak = true) {
    return judge_in_words(negotiation_, request, may_nak);
  }

  std::string proposal() { return to_hex(negotiation_.propose()); }

  template <class Notice>
  std::vector<Notice> notices() {
    std::vector<Notice> found;
    while (auto notice = negotiation_.next_notice()) {
      if (auto* wanted = std::get_if<Notice>(&*notice)) found.push_back(*wanted);
    }
    return found;
  }

  CountingRandom random_;
  LcpNegotiation negotiation_{LcpSettings{}, random_};
};

TEST_F(LcpTest, AsksForALoginAMagicNumberAndShortHeaders) {
  EXPECT_EQ(proposal(), "0305c2238105060101010107020802");
}

TEST_F(LcpTest, NamesAnMruThatIsNotTheDefault) {
  LcpNegotiation negotiation(LcpSettings{.mru = 1400}, random_);
  negotiation.begin();
  EXPECT_EQ(to_hex(negotiation.propose()).substr(0, 8), "01040578");
}

// Windows XP to 11: MRU 1400, magic, both compressions, callback; then the same without callback.
TEST_F(LcpTest, Windows10ConnectsInTwoRounds) {
  EXPECT_EQ(judged("0104 0578 0506 12345678 0702 0802 0d03 06"), "reject 0d0306");
  EXPECT_EQ(judged("0104 0578 0506 12345678 0702 0802"), "ack");
  const LinkOptions& agreed = negotiation_.agreed();
  EXPECT_EQ(agreed.peer_mru, 1400);
  EXPECT_EQ(agreed.peer_magic, 0x12345678U);
  EXPECT_TRUE(agreed.send_compression.protocol_field);
  EXPECT_TRUE(agreed.send_compression.address_and_control);
}

// Windows 2000: no MRU, but multilink with an endpoint discriminator.
TEST_F(LcpTest, Windows2000LosesCallbackAndMultilinkButKeepsItsEndpoint) {
  const std::string endpoint = "1317010123456789abcdef0123456789abcdef00000001";
  EXPECT_EQ(judged(("0506 12345678 0702 0802 0d03 06 1104 064e" + endpoint).c_str()),
            "reject 0d03061104064e");
  EXPECT_EQ(judged(("0506 12345678 0702 0802" + endpoint).c_str()), "ack");
  EXPECT_EQ(negotiation_.agreed().peer_mru, 1500);
}

TEST_F(LcpTest, PppdConnectsInOneRound) {
  EXPECT_EQ(judged("0206 00000000 0506 8d51f3d1 0702 0802"), "ack");
}

TEST_F(LcpTest, APeerWithoutShortHeadersGetsWholeOnes) {
  EXPECT_EQ(judged("0506 12345678"), "ack");
  EXPECT_FALSE(negotiation_.agreed().send_compression.protocol_field);
  EXPECT_FALSE(negotiation_.agreed().send_compression.address_and_control);
}

TEST_F(LcpTest, AnEmptyRequestIsFine) { EXPECT_EQ(judged(""), "ack"); }

TEST_F(LcpTest, DoesNotLogInItself) {
  EXPECT_EQ(judged("0305 c22381 0506 12345678"), "reject 0305c22381");
}

TEST_F(LcpTest, RejectsWhatItDoesNotKnow) {
  EXPECT_EQ(judged("0408 c025 00000bb8 ee02"), "reject 0408c02500000bb8ee02");
}

TEST_F(LcpTest, ARefusedRequestChangesNothing) {
  judged("0104 0578 0702");
  judged("0104 0200 0802 0d03 06");
  EXPECT_EQ(negotiation_.agreed().peer_mru, 1400);
  EXPECT_FALSE(negotiation_.agreed().send_compression.address_and_control);
}

TEST_F(LcpTest, OurOwnMagicNumberIsALoop) {
  EXPECT_EQ(judged("0506 01010101"), "nak 050602020202");
  EXPECT_EQ(judged("0506 01010101", false).substr(0, 3), "nak");
}

TEST_F(LcpTest, AMagicNumberOfZeroOrOfAnotherSizeIsNaked) {
  EXPECT_EQ(judged("0506 00000000"), "nak 050602020202");
  EXPECT_EQ(judged("0504 1234"), "nak 050603030303");
}

TEST_F(LcpTest, AnMruTooSmallToWorkWithIsNaked) {
  EXPECT_EQ(judged("0104 0000"), "nak 010405dc");
  EXPECT_EQ(judged("0104 007f"), "nak 010405dc");
  EXPECT_EQ(judged("0104 0080"), "ack");
  EXPECT_EQ(judged("0104 ffff"), "ack");
  EXPECT_EQ(judged("0103 05"), "nak 010405dc");
  EXPECT_EQ(judged("0104 0001", false), "reject 01040001");
}

TEST_F(LcpTest, AnotherLoginMethodThanOursEndsIt) {
  EXPECT_EQ(negotiation_.on_nak(from_hex("0304 c023")), Agreement::impossible);
  const auto refused = notices<LcpNegotiation::AuthenticationRefused>();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(to_hex(refused[0].wanted), "c023");
}

TEST_F(LcpTest, ANakOfTheLoginToOurOwnMethodDoesNotEndIt) {
  EXPECT_EQ(negotiation_.on_nak(from_hex("0305 c22381")), Agreement::possible);
  EXPECT_TRUE(notices<LcpNegotiation::AuthenticationRefused>().empty());
}

TEST_F(LcpTest, OfSeveralLoginsThePeersChoiceIsTaken) {
  using Method = AuthMethod;
  LcpNegotiation negotiation(
      {.peer_may_log_in_by = {Method::ms_chap_v2, Method::chap_md5, Method::pap}}, random_);
  negotiation.begin();
  const auto asked = [&] { return to_hex(negotiation.propose()).substr(0, 10); };
  EXPECT_EQ(asked(), "0305c22381");
  EXPECT_EQ(negotiation.on_nak(from_hex("0304 c023")), Agreement::possible);
  EXPECT_EQ(asked(), "0304c02305");
  negotiation.on_ack();
  EXPECT_EQ(negotiation.agreed().peer_logs_in_by, Method::pap);
  negotiation.begin();
  EXPECT_EQ(asked(), "0305c22381") << "anew from the best";
}

TEST_F(LcpTest, WhatThePeerWantsAndWeDoNotLeavesTheNextBest) {
  LcpNegotiation negotiation(
      {.peer_may_log_in_by = {AuthMethod::ms_chap_v2, AuthMethod::ms_chap_v1}}, random_);
  negotiation.begin();
  EXPECT_EQ(negotiation.on_nak(from_hex("0304 c227")), Agreement::possible);
  EXPECT_EQ(to_hex(negotiation.propose()).substr(0, 10), "0305c22380");
  EXPECT_EQ(negotiation.on_nak(from_hex("0305 c22381")), Agreement::impossible) << "refused before";
}

TEST_F(LcpTest, NoLoginIsLeftOnlyWhereItIsAllowed) {
  LcpNegotiation negotiation({.peer_may_log_in_by = {AuthMethod::ms_chap_v2, AuthMethod::none}},
                             random_);
  negotiation.begin();
  EXPECT_EQ(negotiation.on_reject(from_hex("0305 c22381")), Agreement::possible);
  EXPECT_EQ(to_hex(negotiation.propose()).substr(0, 4), "0506") << "no such option";
  negotiation.on_ack();
  EXPECT_EQ(negotiation.agreed().peer_logs_in_by, AuthMethod::none);
}

TEST_F(LcpTest, TellsOfThePeersFirstRequestOnce) {
  judged("0104 0578 0506 12345678 0702 0802 0d03 06");
  judged("0506 12345678");
  EXPECT_EQ(notices<LcpNegotiation::FirstRequest>().size(), 1U);
}

// Our own request, whose login we would reject, is answered with another number alone.
TEST_F(LcpTest, ALoopedLineIsNoticedAfterAWhile) {
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(judged(proposal().c_str()).substr(0, 8), "nak 0506");
  }
  EXPECT_TRUE(notices<LcpNegotiation::LoopedBack>().empty());
  judged(proposal().c_str());
  EXPECT_EQ(notices<LcpNegotiation::LoopedBack>().size(), 1U);
}

TEST_F(LcpTest, OneEqualNumberIsNoLoop) {
  for (int i = 0; i < 20; ++i) {
    judged(proposal().c_str());
    judged("0506 12345678");
  }
  EXPECT_TRUE(notices<LcpNegotiation::LoopedBack>().empty());
}

TEST_F(LcpTest, ARejectOfTheLoginEndsIt) {
  EXPECT_EQ(negotiation_.on_reject(from_hex("0305 c22381")), Agreement::impossible);
  const auto refused = notices<LcpNegotiation::AuthenticationRefused>();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_TRUE(refused[0].wanted.empty());
}

TEST_F(LcpTest, LeavesOutWhatThePeerRejects) {
  negotiation_.on_reject(from_hex("0702 0802 0506 01010101"));
  EXPECT_EQ(proposal(), "0305c22381");
  EXPECT_EQ(negotiation_.agreed().our_magic, 0U);
}

TEST_F(LcpTest, TakesARefusedFlagOutOfANakToo) {
  negotiation_.on_nak(from_hex("0702 0802"));
  EXPECT_EQ(proposal(), "0305c22381050601010101");
}

TEST_F(LcpTest, TakesAnotherMagicNumberWhenOursIsNaked) {
  negotiation_.on_nak(from_hex("0506 99999999"));
  EXPECT_EQ(proposal(), "0305c2238105060202020207020802");
}

TEST_F(LcpTest, FollowsASmallerMruAndDropsItsOwnWhenThatComesBack) {
  LcpNegotiation negotiation(LcpSettings{.mru = 1400}, random_);
  negotiation.begin();
  negotiation.on_nak(from_hex("0104 0500"));
  EXPECT_EQ(to_hex(negotiation.propose()).substr(0, 8), "01040500");
  negotiation.on_nak(from_hex("0104 0500"));  // Windows 2000
  EXPECT_EQ(to_hex(negotiation.propose()).substr(0, 4), "0305");
}

TEST_F(LcpTest, DoesNotFollowAnMruTooSmallToWorkWith) {
  negotiation_.on_nak(from_hex("0104 0010"));
  EXPECT_EQ(proposal(), "0305c2238105060101010107020802");
}

TEST_F(LcpTest, IdentificationsAreTakenWithoutAnAnswer) {
  const Bytes data = from_hex("12345678 4d53524153 56352e3230");
  EXPECT_EQ(negotiation_.on_extra_code({Code::identification, 1, data}), ExtraCode::handled);
  const auto identified = notices<LcpNegotiation::Identified>();
  ASSERT_EQ(identified.size(), 1U);
  EXPECT_EQ(printable(identified[0].text), "MSRASV5.20");
}

TEST_F(LcpTest, AnIdentificationWithoutAMagicNumberIsHarmless) {
  EXPECT_EQ(negotiation_.on_extra_code({Code::identification, 1, from_hex("1234")}),
            ExtraCode::handled);
}

TEST_F(LcpTest, TimeRemainingIsTakenWithoutAnAnswer) {
  EXPECT_EQ(negotiation_.on_extra_code({Code::time_remaining, 1, {}}), ExtraCode::handled);
}

TEST_F(LcpTest, ReportsARejectedProtocolWhenItIsNamed) {
  const Bytes data = from_hex("80fd 0101");
  negotiation_.on_extra_code({Code::protocol_reject, 1, data});
  const auto rejected = notices<LcpNegotiation::ProtocolRejected>();
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].protocol, Protocol::ccp);
  negotiation_.on_extra_code({Code::protocol_reject, 1, from_hex("80")});
  EXPECT_TRUE(notices<LcpNegotiation::ProtocolRejected>().empty());
}

TEST_F(LcpTest, AnEchoReplyCarriesOurMagicNumberAndThePeersData) {
  const Bytes data = from_hex("12345678 aabbcc");
  EXPECT_EQ(to_hex(negotiation_.echo_reply({Code::echo_request, 1, data})), "01010101aabbcc");
  EXPECT_EQ(to_hex(negotiation_.echo_reply({Code::echo_request, 1, {}})), "01010101");
}

TEST_F(LcpTest, AnEchoReplyFitsThePeersMru) {
  judged("0104 0080");
  const Bytes data(1000, 0x55);
  // With code, identifier and length it has exactly 128 octets.
  EXPECT_EQ(negotiation_.echo_reply({Code::echo_request, 1, data}).size(), 124U);
}

// An option that we did not ask for is nothing to us, however it is refused.
TEST_F(LcpTest, ARefusalOfWhatWasNotAskedForChangesNothing) {
  const std::string before = proposal();
  EXPECT_EQ(negotiation_.on_nak(from_hex("1104 05dc")), Agreement::possible);
  EXPECT_EQ(negotiation_.on_reject(from_hex("1104 05dc 1303 00")), Agreement::possible);
  EXPECT_EQ(proposal(), before);
}

TEST_F(LcpTest, DoesWithoutItsMruWhereThatIsRejected) {
  LcpNegotiation small({.mru = 1400}, random_);
  small.begin();
  small.on_reject(from_hex("0104 0578"));
  EXPECT_EQ(to_hex(small.propose()).find("01040578"), std::string::npos);
}

// They are of the common seven, or of CCP, and never come here as extra codes.
TEST_F(LcpTest, KnowsNoOtherCode) {
  for (const int code : {0, 1, 7, 14, 15, 200}) {
    EXPECT_EQ(negotiation_.on_extra_code({static_cast<Code>(code), 1, {}}), ExtraCode::unknown);
  }
}

class LcpEchoTest : public testing::Test {
 protected:
  using Action = LcpEcho::Action;

  /// When each action was due until `end`, in seconds.
  std::vector<int> requests_until(int end) {
    std::vector<int> at;
    while (echo_.deadline() && *echo_.deadline() <= time(end)) {
      const Instant now = *echo_.deadline();
      const Action action = echo_.advance(now);
      if (action == Action::send_request) at.push_back(in_seconds(now));
      if (action == Action::peer_is_gone) gone_at_ = in_seconds(now);
    }
    return at;
  }

  static Instant time(int second) { return Instant{} + seconds(second); }
  static int in_seconds(Instant now) {
    return static_cast<int>(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count());
  }

  LcpEcho echo_{LcpEcho::Settings{.interval = seconds(30), .failure = 4}};
  int gone_at_ = -1;
};

TEST_F(LcpEchoTest, GivesASilentPeerUpAfterFourUnansweredRequests) {
  echo_.start(time(0));
  EXPECT_EQ(requests_until(1000), (std::vector<int>{30, 60, 90, 120}));
  EXPECT_EQ(gone_at_, 150);
}

TEST_F(LcpEchoTest, AsksNothingWhileThePeerIsHeard) {
  echo_.start(time(0));
  for (int second = 10; second <= 1000; second += 10) {
    EXPECT_TRUE(requests_until(second).empty()) << second;
    echo_.heard(time(second));
  }
  EXPECT_EQ(gone_at_, -1);
  EXPECT_EQ(requests_until(1030), std::vector<int>{1030});
}

TEST_F(LcpEchoTest, AnyAnswerStartsTheCountAgain) {
  echo_.start(time(0));
  requests_until(120);
  echo_.heard(time(121));
  EXPECT_EQ(requests_until(270), (std::vector<int>{151, 181, 211, 241}));
  EXPECT_EQ(gone_at_, -1);
  requests_until(271);
  EXPECT_EQ(gone_at_, 271);
}

TEST_F(LcpEchoTest, CanBeTurnedOff) {
  LcpEcho off(LcpEcho::Settings{.interval = seconds(0)});
  off.start(time(0));
  EXPECT_FALSE(off.deadline());
}

TEST_F(LcpEchoTest, StopsWithTheLink) {
  echo_.start(time(0));
  echo_.stop();
  EXPECT_FALSE(echo_.deadline());
}

}  // namespace
}  // namespace upptpd::ppp
