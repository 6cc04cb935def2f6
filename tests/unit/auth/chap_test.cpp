#include "auth/chap.hpp"

#include "unit/auth/chap_under_test.hpp"

namespace upptpd::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kChallenge = "0101001910010101010101010101010101010101016761 7465";

std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

class ChapTest : public ChapUnderTest {
 protected:
  ChapTest() : ChapUnderTest({.server_name = "gate", .policy = {}}) {}

  const Log kMalformed{"drop login_malformed"};
  const Log kUnexpected{"drop login_unexpected"};
};

TEST_F(ChapTest, ChallengesAtOnceUnderItsName) {
  EXPECT_EQ(opening_, Log{without_blanks(kChallenge)});
}

// A late answer to the first one must be right.
TEST_F(ChapTest, RepeatsTheSameChallengeUnderTheSameIdentifier) {
  EXPECT_EQ(wait(milliseconds(2999)), Log{});
  EXPECT_EQ(wait(seconds(6)), (Log{without_blanks(kChallenge), without_blanks(kChallenge)}));
}

TEST_F(ChapTest, GivesUpAfterTenChallenges) {
  const Log log = wait(seconds(1000));
  ASSERT_EQ(log.size(), 10U);
  EXPECT_EQ(log[8], without_blanks(kChallenge));
  EXPECT_EQ(log[9], "no response");
  EXPECT_FALSE(chap_.deadline());
}

TEST_F(ChapTest, AsksForAVerdictOnWhatWasShown) {
  EXPECT_EQ(receive(response("OFFICE\\bob")), Log{"verify OFFICE\\bob"});
  const auto& proof = std::get<MsChapV2Proof>(request_.proof);
  EXPECT_EQ(proof.challenge[0], 0x01);
  EXPECT_EQ(proof.response.peer_challenge[0], 0x77);
  EXPECT_EQ(proof.response.nt_response[23], 0x77);
}

TEST_F(ChapTest, TakesTheFlagsOfWindows98) {
  EXPECT_EQ(receive(response("bob", 1, 49, 0x04)), Log{"verify bob"});
}

TEST_F(ChapTest, TakesANameOfAnyOctets) {
  EXPECT_EQ(receive(response(" \\bob")), Log{"verify  \\bob"});
  EXPECT_EQ(wait(seconds(29)), Log{});
}

TEST_F(ChapTest, IgnoresAResponseToAnotherChallenge) {
  EXPECT_EQ(receive(response("bob", 0)), kUnexpected);
  EXPECT_EQ(receive(response("bob", 2)), kUnexpected);
  EXPECT_EQ(receive(response("bob", 1)), Log{"verify bob"});
}

TEST_F(ChapTest, IgnoresAResponseOfAnotherSize) {
  for (std::size_t size : {0U, 16U, 48U, 50U, 255U}) {
    EXPECT_EQ(receive(response("bob", 1, size)), kMalformed) << size;
  }
  EXPECT_EQ(receive(response("bob")), Log{"verify bob"});
}

TEST_F(ChapTest, IgnoresImpossiblePackets) {
  EXPECT_EQ(receive({}), kMalformed);
  EXPECT_EQ(receive(from_hex("02 01 0004")), kMalformed);               // nothing in it
  EXPECT_EQ(receive(from_hex("02 01 0009 31 00000000")), kMalformed);   // value beyond the end
  EXPECT_EQ(receive(from_hex("02 01 00ff 31 00000000")), kMalformed);   // packet beyond the end
  EXPECT_EQ(receive(from_hex("01 01 0009 04 00000000")), kUnexpected);  // a Challenge
  EXPECT_EQ(receive(from_hex("03 01 0006 533d")), kUnexpected);         // a Success
  EXPECT_EQ(receive(from_hex("04 01 0006 453d")), kUnexpected);         // a Failure
  EXPECT_EQ(receive(from_hex("07 01 0006 0000")), kUnexpected);         // Change-Password
  EXPECT_EQ(receive(response(std::string(257, 'a'))), kMalformed);      // a name too long
  EXPECT_EQ(receive(response(std::string(256, 'a'))).size(), 1U);
}

TEST_F(ChapTest, ARepeatedResponseAsksForNoSecondVerdict) {
  receive(response("bob"));
  EXPECT_EQ(receive(response("bob")), Log{});
  EXPECT_EQ(receive(response("eve")), Log{});
  EXPECT_EQ(accept().size(), 2U);
}

TEST_F(ChapTest, NoChallengeGoesOutWhileTheVerdictIsAwaited) {
  receive(response("bob"));
  EXPECT_EQ(wait(seconds(29)), Log{});
}

// Nothing may follow the 40 digits: Windows 98 would not encrypt.
TEST_F(ChapTest, SuccessIsTheBareProof) {
  receive(response("bob"));
  EXPECT_EQ(accept(), (Log{"0301000a533d30313233", "succeeded bob"}));
  EXPECT_FALSE(chap_.deadline());
}

TEST_F(ChapTest, ARepeatedResponseHearsTheSameVerdictAgain) {
  receive(response("bob"));
  accept();
  EXPECT_EQ(receive(response("bob")), Log{"0301000a533d30313233"});
  EXPECT_EQ(receive(response("bob")), Log{"0301000a533d30313233"});
  EXPECT_EQ(receive(response("bob", 2)), kUnexpected);
}

TEST_F(ChapTest, FailureSays691WithoutARetryAndWithoutText) {
  receive(response("bob"));
  EXPECT_EQ(refuse(LoginFailure::wrong_password).back(), "failed bob: wrong password");
  EXPECT_EQ(message(), "E=691 R=0 C=" + std::string("02020202020202020202020202020202") + " V=3");
  EXPECT_EQ(last_sent_[0], 4);
  EXPECT_EQ(last_sent_[1], 1);
}

// Otherwise the names of users could be guessed.
TEST_F(ChapTest, AnUnknownUserLooksLikeAWrongPassword) {
  receive(response("bob"));
  refuse(LoginFailure::unknown_user);
  EXPECT_EQ(message().substr(0, 9), "E=691 R=0");
}

TEST_F(ChapTest, ARepeatedResponseHearsTheSameFailureAgain) {
  receive(response("bob"));
  const Log first = refuse(LoginFailure::wrong_password);
  EXPECT_EQ(receive(response("bob")), Log{first[0]});
}

// 691 would make Windows forget the password.
TEST_F(ChapTest, Says930WhenNoVerdictComesInTime) {
  receive(response("bob"));
  const Log log = wait(seconds(30));
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[1], "failed bob: the user database did not answer");
  EXPECT_EQ(message().substr(0, 9), "E=930 R=0");
  EXPECT_EQ(accept(), Log{});  // too late
  EXPECT_FALSE(chap_.deadline());
}

TEST_F(ChapTest, AVerdictNobodyAskedForIsIgnored) {
  EXPECT_EQ(accept(), Log{});
  receive(response("bob"));
  refuse(LoginFailure::wrong_password);
  EXPECT_EQ(accept(), Log{});
}

}  // namespace
}  // namespace upptpd::auth
