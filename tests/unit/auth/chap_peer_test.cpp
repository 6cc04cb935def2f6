#include "auth/chap_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/crypto_library.hpp"

namespace upptpd::auth {
namespace {

using std::chrono::seconds;

// RFC 2759 section 9.2.
constexpr const char* kAuthenticatorChallenge = "5b5d7c7d7b3f2f3e3c2c602132262628";
constexpr const char* kPeerChallenge = "21402324255e262a28295f2b3a337c7e";
constexpr const char* kNtResponse = "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df";
constexpr const char* kProof = "S=407A5589115FD0D6209F510FE9C04566932CDA56";

/// Always the RFC's Peer-Challenge.
class RfcRandom : public RandomSource {
 public:
  void fill(MutableView out) override {
    const Bytes octets = from_hex(kPeerChallenge);
    std::copy_n(octets.begin(), out.size(), out.begin());
  }
};

class ChapPeerTest : public testing::Test {
 protected:
  std::vector<std::string> outputs() {
    using Login = LoginExchange;
    std::vector<std::string> log;
    while (auto output = peer_.next_output()) {
      std::visit(Overloaded{
                     [&](const Login::Send& sent) { log.push_back(to_hex(sent.packet)); },
                     [&](const Login::Verify&) { log.emplace_back("verify"); },
                     [&](const Login::Succeeded& succeeded) {
                       log.push_back("succeeded " + succeeded.user + " " +
                                     to_hex(std::get<MsChapV2Keys>(succeeded.keys).nt_response));
                     },
                     [&](const Login::Failed& failed) {
                       log.push_back("failed " + std::to_string(failed.code) + " " + failed.text);
                     },
                     [&](const Login::NoAnswer&) { log.emplace_back("no answer"); },
                     [&](const Login::Dropped&) { log.emplace_back("drop"); },
                 },
                 *output);
    }
    return log;
  }

  std::vector<std::string> receive(std::uint8_t code, std::uint8_t identifier, View data) {
    peer_.receive(ppp::ControlPacket{static_cast<ppp::Code>(code), identifier, data}.serialise(),
                  now_);
    return outputs();
  }
  std::vector<std::string> challenge(std::uint8_t identifier,
                                     const std::string& value = kAuthenticatorChallenge) {
    return receive(1, identifier, from_hex("10" + value + "67617465"));
  }
  std::vector<std::string> success(std::uint8_t identifier, std::string_view text = kProof) {
    return receive(3, identifier, as_view(text));
  }
  std::vector<std::string> wait(Duration time) {
    const Instant end = now_ + time;
    std::vector<std::string> all;
    while (peer_.deadline() && *peer_.deadline() <= end) {
      now_ = *peer_.deadline();
      peer_.advance(now_);
      for (std::string& line : outputs()) all.push_back(std::move(line));
    }
    now_ = end;
    return all;
  }

  static std::string response(std::uint8_t identifier) {
    const Bytes packet = from_hex("02" + to_hex(Bytes{identifier}) + "003a31" + kPeerChallenge +
                                  "0000000000000000" + kNtResponse + "00" + "55736572");
    return to_hex(packet);
  }

  RfcRandom random_;
  Instant now_;
  ChapPeer peer_{{Credentials{"User", SecretString("clientPass")}, {}}, library(), random_, now_};
};

using Log = std::vector<std::string>;

TEST_F(ChapPeerTest, AnswersAsInTheRfc) { EXPECT_EQ(challenge(5), Log{response(5)}); }

TEST_F(ChapPeerTest, TakesTheProofOfTheRfc) {
  challenge(5);
  EXPECT_EQ(success(5), Log{std::string("succeeded User ") + kNtResponse});
  EXPECT_FALSE(peer_.deadline());
}

TEST_F(ChapPeerTest, TakesATextBehindTheProof) {
  challenge(5);
  EXPECT_EQ(success(5, std::string(kProof) + " M=Access granted").size(), 1U);
}

TEST_F(ChapPeerTest, NoticesALie) {
  challenge(6, "00000000000000000000000000000001");
  EXPECT_EQ(success(6), Log{"failed 778 "});  // the proof of another challenge
  EXPECT_EQ(challenge(7), Log{});             // and that is that
}

TEST_F(ChapPeerTest, NoticesAProofThatIsCutShort) {
  challenge(5);
  EXPECT_EQ(success(5, "S=407A"), Log{"failed 778 "});
}

TEST_F(ChapPeerTest, RepeatsTheResponseWhenItsAnswerIsLost) {
  challenge(5);
  EXPECT_EQ(wait(seconds(3)), Log{response(5)});
  EXPECT_EQ(challenge(5), Log{response(5)});  // the server has not heard it either
  EXPECT_EQ(success(5).size(), 1U);
}

TEST_F(ChapPeerTest, GivesUpAServerThatSaysNothing) {
  EXPECT_EQ(wait(seconds(60)), Log{"no answer"});
}

TEST_F(ChapPeerTest, GivesUpAServerThatDoesNotDecide) {
  challenge(5);
  const Log log = wait(seconds(120));
  ASSERT_FALSE(log.empty());
  EXPECT_EQ(log.back(), "no answer");
  EXPECT_EQ(log.size(), 10U);
}

TEST_F(ChapPeerTest, TellsWhatTheServerSaid) {
  challenge(5);
  EXPECT_EQ(receive(4, 5, as_view("E=649 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=Not today")),
            Log{"failed 649 Not today"});
}

TEST_F(ChapPeerTest, TakesAFailureWithoutACodeForBadCredentials) {
  challenge(5);
  EXPECT_EQ(receive(4, 5, as_view("go away")), Log{"failed 691 go away"});
}

TEST_F(ChapPeerTest, IgnoresAnswersToSomethingElse) {
  EXPECT_EQ(success(5), Log{});
  challenge(5);
  EXPECT_EQ(success(4), Log{});
  EXPECT_EQ(receive(4, 4, as_view("E=691")), Log{});
}

TEST_F(ChapPeerTest, IgnoresAChallengeOfAnotherSize) {
  EXPECT_EQ(receive(1, 5, from_hex("0801020304050607")), Log{});
  EXPECT_EQ(receive(1, 5, from_hex("08 0102030405060708 67")), Log{});
  EXPECT_EQ(receive(1, 5, {}), Log{});
}

TEST_F(ChapPeerTest, AnswersAgainWhenAskedAgainButSucceedsOnce) {
  challenge(5);
  success(5);
  EXPECT_EQ(challenge(6).size(), 1U);
  EXPECT_EQ(success(6), Log{});
}

}  // namespace
}  // namespace upptpd::auth
