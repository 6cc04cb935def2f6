#include "auth/chap.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace upptpd::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Octets of 01, then of 02, and so on.
class CountingRandom : public RandomSource {
 public:
  void fill(MutableView out) override {
    ++next_;
    for (std::uint8_t& octet : out) octet = next_;
  }

 private:
  std::uint8_t next_ = 0;
};

constexpr const char* kChallenge = "0101001910010101010101010101010101010101016761 7465";

std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

class ChapTest : public testing::Test {
 protected:
  using Log = std::vector<std::string>;

  ChapTest() { opening_ = outputs(); }

  Log outputs() {
    Log log;
    while (auto output = chap_.next_output()) {
      std::visit(Overloaded{
                     [&](const ChapAuthenticator::Send& sent) {
                       log.push_back(to_hex(sent.packet));
                       last_sent_ = sent.packet;
                     },
                     [&](const ChapAuthenticator::Verify& verify) {
                       log.push_back("verify " + verify.request.name);
                       request_ = verify.request;
                     },
                     [&](const ChapAuthenticator::Succeeded& succeeded) {
                       log.push_back("succeeded " + succeeded.user);
                     },
                     [&](const ChapAuthenticator::Failed& failed) {
                       log.push_back("failed " + failed.name + ": " +
                                     std::string(to_string(failed.failure)));
                     },
                     [&](const ChapAuthenticator::NoAnswer&) { log.push_back("no response"); },
                 },
                 *output);
    }
    return log;
  }

  static Bytes response(std::string_view name, std::uint8_t identifier = 1,
                        std::size_t value_size = 49, std::uint8_t flags = 0) {
    Bytes data(1 + value_size, 0x77);
    data[0] = static_cast<std::uint8_t>(value_size);
    if (value_size > 0) data.back() = flags;
    data.insert(data.end(), name.begin(), name.end());
    return ppp::ControlPacket{static_cast<ppp::Code>(2), identifier, data}.serialise();
  }

  Log receive(View packet) {
    chap_.receive(packet, now_);
    return outputs();
  }

  Log accept() {
    chap_.answer(LoginAccepted{"bob", "S=0123", {}}, now_);
    return outputs();
  }

  Log refuse(LoginFailure failure) {
    chap_.answer(LoginRefused{failure}, now_);
    return outputs();
  }

  Log wait(Duration time) {
    Log log;
    const Instant end = now_ + time;
    while (chap_.deadline() && *chap_.deadline() <= end) {
      now_ = *chap_.deadline();
      chap_.advance(now_);
      for (const std::string& line : outputs()) log.push_back(line);
    }
    now_ = end;
    return log;
  }

  /// The text of the packet that was sent last.
  std::string message() const { return std::string(last_sent_.begin() + 4, last_sent_.end()); }

  CountingRandom random_;
  Instant now_;
  ChapAuthenticator chap_{{.server_name = "gate", .policy = {}}, random_, now_};
  Log opening_;
  Bytes last_sent_;
  LoginRequest request_;
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
  EXPECT_EQ(request_.method, ppp::AuthMethod::ms_chap_v2);
  EXPECT_EQ(request_.challenge[0], 0x01);
  EXPECT_EQ(request_.response.peer_challenge[0], 0x77);
  EXPECT_EQ(request_.response.nt_response[23], 0x77);
}

TEST_F(ChapTest, TakesTheFlagsOfWindows98) {
  EXPECT_EQ(receive(response("bob", 1, 49, 0x04)), Log{"verify bob"});
}

TEST_F(ChapTest, TakesANameOfAnyOctets) {
  EXPECT_EQ(receive(response(" \\bob")), Log{"verify  \\bob"});
  EXPECT_EQ(wait(seconds(29)), Log{});
}

TEST_F(ChapTest, IgnoresAResponseToAnotherChallenge) {
  EXPECT_EQ(receive(response("bob", 0)), Log{});
  EXPECT_EQ(receive(response("bob", 2)), Log{});
  EXPECT_EQ(receive(response("bob", 1)), Log{"verify bob"});
}

TEST_F(ChapTest, IgnoresAResponseOfAnotherSize) {
  for (std::size_t size : {0U, 16U, 48U, 50U, 255U}) {
    EXPECT_EQ(receive(response("bob", 1, size)), Log{}) << size;
  }
  EXPECT_EQ(receive(response("bob")), Log{"verify bob"});
}

TEST_F(ChapTest, IgnoresImpossiblePackets) {
  EXPECT_EQ(receive({}), Log{});
  EXPECT_EQ(receive(from_hex("02 01 0004")), Log{});              // nothing in it
  EXPECT_EQ(receive(from_hex("02 01 0009 31 00000000")), Log{});  // value beyond the end
  EXPECT_EQ(receive(from_hex("02 01 00ff 31 00000000")), Log{});  // packet beyond the end
  EXPECT_EQ(receive(from_hex("01 01 0009 04 00000000")), Log{});  // a Challenge
  EXPECT_EQ(receive(from_hex("03 01 0006 533d")), Log{});         // a Success
  EXPECT_EQ(receive(from_hex("04 01 0006 453d")), Log{});         // a Failure
  EXPECT_EQ(receive(from_hex("07 01 0006 0000")), Log{});         // Change-Password
  EXPECT_EQ(receive(response(std::string(257, 'a'))), Log{});     // a name too long
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
  EXPECT_EQ(receive(response("bob", 2)), Log{});
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
