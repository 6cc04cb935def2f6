// What goes on after a verdict: another try, another password, another challenge.
#include <utility>

#include "unit/auth/chap_under_test.hpp"

namespace upptpd::auth {
namespace {

using std::chrono::seconds;

/// What is sent for a wrong password in the second try.
constexpr std::uint8_t kOther = 0x55;

class ChapRetryTest : public ChapUnderTest {
 protected:
  ChapRetryTest() : ChapUnderTest({.server_name = "gate", .policy = {}, .retries = 2}) {}

  /// A Response with a wrong password, refused.
  Log wrong(std::uint8_t identifier, std::uint8_t filled_with) {
    receive(response("bob", identifier, 49, 0, filled_with));
    return refuse(LoginFailure::wrong_password);
  }
};

TEST_F(ChapRetryTest, AFailureOffersAnotherTryWithAFreshChallenge) {
  EXPECT_EQ(wrong(1, 0x77).back(), "failed bob: wrong password, may try again");
  EXPECT_EQ(message(), "E=691 R=1 C=02020202020202020202020202020202 V=3");
}

// RFC 2759 does not say by which identifier the other try comes.
TEST_F(ChapRetryTest, TheOtherTryAnswersTheFreshChallengeUnderTheSameIdentifier) {
  wrong(1, 0x77);
  EXPECT_EQ(receive(response("bob", 1, 49, 0, kOther)), Log{"verify bob"});
  EXPECT_EQ(std::get<MsChapV2Proof>(request_.proof).challenge[0], 0x02);
  EXPECT_EQ(accept(), (Log{"0301000a533d30313233", "succeeded bob"}));
}

TEST_F(ChapRetryTest, OrUnderTheNext) {
  wrong(1, 0x77);
  EXPECT_EQ(receive(response("bob", 2, 49, 0, kOther)), Log{"verify bob"});
  EXPECT_EQ(std::get<MsChapV2Proof>(request_.proof).challenge[0], 0x02);
  EXPECT_EQ(accept(), (Log{"0302000a533d30313233", "succeeded bob"}));
  EXPECT_EQ(receive(response("bob", 3, 49, 0, kOther)), Log{"drop login_unexpected"});
}

TEST_F(ChapRetryTest, ARepetitionOfTheOldResponseIsNoOtherTry) {
  const Log first = wrong(1, 0x77);
  EXPECT_EQ(receive(response("bob")), Log{first[0]});
  EXPECT_EQ(receive(response("bob", 1, 49, 0, kOther)), Log{"verify bob"});
}

TEST_F(ChapRetryTest, TriesAreCounted) {
  EXPECT_EQ(wrong(1, 0x77).back(), "failed bob: wrong password, may try again");
  EXPECT_EQ(wrong(2, 0x78).back(), "failed bob: wrong password, may try again");
  EXPECT_EQ(wrong(3, 0x79).back(), "failed bob: wrong password");
  EXPECT_EQ(message().substr(0, 9), "E=691 R=0");
  EXPECT_EQ(receive(response("bob", 4, 49, 0, kOther)), Log{"drop login_unexpected"});
}

TEST_F(ChapRetryTest, OnlyAWrongPasswordMayBeTriedAgain) {
  receive(response("bob"));
  EXPECT_EQ(refuse(LoginFailure::disabled).back(),
            "failed bob: the password is right, but the user is disabled");
  EXPECT_EQ(message().substr(0, 9), "E=647 R=0");
}

TEST_F(ChapRetryTest, AUserWhoTakesTooLongHasFailed) {
  wrong(1, 0x77);
  EXPECT_EQ(wait(seconds(46)), Log{"failed bob: wrong password"});
  EXPECT_FALSE(chap_.deadline());
}

class ChapChangeTest : public ChapUnderTest {
 protected:
  ChapChangeTest()
      : ChapUnderTest({.server_name = "gate", .policy = {}, .password_change = true}) {}

  static Bytes change(std::uint8_t identifier, std::size_t size = 582) {
    return ppp::ControlPacket{static_cast<ppp::Code>(7), identifier, Bytes(size, 0x66)}.serialise();
  }
};

TEST_F(ChapChangeTest, AnExpiredPasswordMayBeChanged) {
  receive(response("OFFICE\\bob"));
  EXPECT_EQ(refuse(LoginFailure::password_expired).back(),
            "failed OFFICE\\bob: the password is right, but has expired (expires=), may try again");
  EXPECT_EQ(message(), "E=648 R=0 C=02020202020202020202020202020202 V=3");
  EXPECT_EQ(receive(change(2)), Log{"verify OFFICE\\bob"});
  const auto& proof = std::get<NewPasswordProof>(request_.proof);
  EXPECT_EQ(proof.challenge[0], 0x02);
  EXPECT_EQ(proof.change.peer_challenge[0], 0x66);
  EXPECT_EQ(accept(), (Log{"0302000a533d30313233", "succeeded bob"}));
  EXPECT_EQ(receive(change(2)), Log{"0302000a533d30313233"}) << "our word was lost";
}

TEST_F(ChapChangeTest, AChangeThatNobodyOfferedIsDropped) {
  EXPECT_EQ(receive(change(2)), Log{"drop login_unexpected"});
  receive(response("bob"));
  EXPECT_EQ(receive(change(2)), Log{"drop login_unexpected"});
  refuse(LoginFailure::wrong_password);
  EXPECT_EQ(receive(change(2)), Log{"drop login_unexpected"});
}

TEST_F(ChapChangeTest, AChangeOfAnotherSizeIsDropped) {
  receive(response("bob"));
  refuse(LoginFailure::password_expired);
  for (const std::size_t size : {0U, 1U, 581U, 583U, 1000U}) {
    EXPECT_EQ(receive(change(2, size)), Log{"drop login_malformed"}) << size;
  }
  EXPECT_EQ(receive(change(9)), Log{"drop login_unexpected"});
  EXPECT_EQ(receive(change(1)), Log{"verify bob"});
}

TEST_F(ChapChangeTest, AChangeThatIsRefusedIsTheEnd) {
  receive(response("bob"));
  refuse(LoginFailure::password_expired);
  receive(change(2));
  EXPECT_EQ(refuse(LoginFailure::bad_new_password).back(),
            "failed bob: the new password could not be stored");
  EXPECT_EQ(message().substr(0, 9), "E=709 R=0");
  EXPECT_EQ(receive(change(3)), Log{"drop login_unexpected"});
}

TEST_F(ChapChangeTest, AChangeIsOfferedOnce) {
  receive(response("bob"));
  refuse(LoginFailure::password_expired);
  receive(change(2));
  EXPECT_EQ(refuse(LoginFailure::password_expired).back(),
            "failed bob: the password is right, but has expired (expires=)");
  EXPECT_EQ(receive(change(3)), Log{"drop login_unexpected"});
}

class ChapRechallengeTest : public ChapUnderTest {
 protected:
  ChapRechallengeTest()
      : ChapUnderTest({.server_name = "gate", .policy = {}, .rechallenge = seconds(60)}) {
    receive(response("bob"));
    accept();
  }
};

TEST_F(ChapRechallengeTest, AfterAWhileAnotherChallengeComes) {
  EXPECT_EQ(wait(seconds(59)), Log{});
  EXPECT_EQ(wait(seconds(1)), Log{"010200191002020202020202020202020202020202"
                                  "67617465"});
  EXPECT_EQ(receive(response("bob", 1)), Log{"drop login_unexpected"}) << "to the old one";
  EXPECT_EQ(receive(response("bob", 2)), Log{"verify bob"});
  EXPECT_EQ(std::get<MsChapV2Proof>(request_.proof).challenge[0], 0x02);
  EXPECT_EQ(accept(), (Log{"0302000a533d30313233", "succeeded bob"}));
  EXPECT_EQ(wait(seconds(60)).size(), 1U) << "and so on";
}

TEST_F(ChapRechallengeTest, WhoDoesNotAnswerIsGone) {
  const Log log = wait(seconds(60 + 30));
  ASSERT_EQ(log.size(), 11U);
  EXPECT_EQ(log.back(), "no response");
}

TEST_F(ChapRechallengeTest, WhoAnswersWronglyFails) {
  wait(seconds(60));
  receive(response("bob", 2));
  EXPECT_EQ(refuse(LoginFailure::wrong_password).back(), "failed bob: wrong password");
}

// The other algorithms.

class ChapMd5Test : public ChapUnderTest {
 protected:
  ChapMd5Test()
      : ChapUnderTest({.method = ppp::AuthMethod::chap_md5,
                       .server_name = "gate",
                       .policy = {},
                       .retries = 3}) {}
};

TEST_F(ChapMd5Test, ShowsAResponseOf16Octets) {
  EXPECT_EQ(receive(response("bob", 1, 49)), Log{"drop login_malformed"});
  EXPECT_EQ(receive(response("bob", 1, 16, 0x77)), Log{"verify bob"});
  const auto& proof = std::get<ChapMd5Proof>(request_.proof);
  EXPECT_EQ(proof.identifier, 1);
  EXPECT_EQ(proof.challenge[15], 0x01);
  EXPECT_EQ(proof.response[15], 0x77);
  EXPECT_EQ(refuse(LoginFailure::wrong_password).back(), "failed bob: wrong password")
      << "RFC 1994 knows no other try";
  EXPECT_EQ(message(), "E=691");
}

class ChapV1Test : public ChapUnderTest {
 protected:
  ChapV1Test()
      : ChapUnderTest(
            {.method = ppp::AuthMethod::ms_chap_v1, .server_name = "gate", .policy = {}}) {}
};

TEST_F(ChapV1Test, ChallengesWith8Octets) {
  EXPECT_EQ(opening_, Log{"0101001108010101010101010167617465"});
  EXPECT_EQ(receive(response("bob", 1, 48)), Log{"drop login_malformed"});
  EXPECT_EQ(receive(response("bob", 1, 49)), Log{"verify bob"});
  const auto& proof = std::get<MsChapV1Proof>(request_.proof);
  EXPECT_EQ(proof.challenge[7], 0x01);
  EXPECT_EQ(proof.response.nt_response[0], 0x77);
  refuse(LoginFailure::wrong_password);
  EXPECT_EQ(message(), "E=691 R=0 C=0202020202020202 V=2");
}

}  // namespace
}  // namespace upptpd::auth
