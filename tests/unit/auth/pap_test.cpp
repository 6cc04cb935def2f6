#include "auth/pap.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace upptpd::auth {
namespace {

using std::chrono::seconds;
using Log = std::vector<std::string>;

class PapTest : public testing::Test {
 protected:
  Log outputs() {
    Log log;
    while (auto output = pap_.next_output()) {
      std::visit(
          Overloaded{
              [&](const PapAuthenticator::Send& s) { log.push_back(to_hex(s.packet)); },
              [&](const PapAuthenticator::Verify& v) {
                const auto& proof = std::get<PapProof>(v.request.proof);
                log.push_back("verify " + v.request.name + " " +
                              std::string(proof.password.reveal()));
              },
              [&](const PapAuthenticator::Succeeded& s) { log.push_back("succeeded " + s.user); },
              [&](const PapAuthenticator::Failed& f) {
                log.push_back("failed " + f.name + " " + std::to_string(f.code));
              },
              [&](const PapAuthenticator::NoAnswer&) { log.push_back("no answer"); },
              [&](const PapAuthenticator::Dropped& d) {
                log.push_back("drop " + std::string(to_string(d.reason)));
              },
          },
          *output);
    }
    return log;
  }

  Log receive(const char* hex) {
    pap_.receive(from_hex(hex), now_);
    return outputs();
  }
  Log answer(const LoginVerdict& verdict) {
    pap_.answer(verdict, now_);
    return outputs();
  }
  Log wait(Duration time) {
    now_ += time;
    pap_.advance(now_);
    return outputs();
  }

  Instant now_;
  PapAuthenticator pap_{PapAuthenticator::Settings{}, now_};
};

constexpr const char* kBob = "01 05 000f 03 626f62 06 736563726574";
const Log kMalformed{"drop login_malformed"};
const Log kUnexpected{"drop login_unexpected"};

TEST_F(PapTest, WaitsForTheClient) {
  EXPECT_EQ(outputs(), Log{});
  EXPECT_EQ(pap_.protocol(), ppp::Protocol::pap);
  EXPECT_EQ(wait(seconds(29)), Log{});
  EXPECT_EQ(wait(seconds(1)), Log{"no answer"});
}

TEST_F(PapTest, AcknowledgesTheRightPassword) {
  EXPECT_EQ(receive(kBob), Log{"verify bob secret"});
  EXPECT_EQ(answer(LoginAccepted{.user = "bob"}), (Log{"0205000500", "succeeded bob"}));
  EXPECT_FALSE(pap_.deadline());
}

TEST_F(PapTest, RefusesTheWrongOne) {
  receive(kBob);
  EXPECT_EQ(answer(LoginRefused{LoginFailure::wrong_password}),
            (Log{"0305000a05453d363931", "failed bob 691"}));
}

// RFC 1334 section 2.2.1: each request has an identifier of its own, and each gets its answer.
TEST_F(PapTest, SaysTheSameToEachRepetition) {
  receive(kBob);
  EXPECT_EQ(receive("01 06 000f 03 626f62 06 736563726574"), Log{});
  EXPECT_EQ(answer(LoginAccepted{.user = "bob"})[0], "0206000500");
  EXPECT_EQ(receive("01 07 000f 03 626f62 06 736563726574"), Log{"0207000500"});
}

TEST_F(PapTest, TakesEmptyNamesAndPasswords) {
  EXPECT_EQ(receive("01 05 0006 00 00"), Log{"verify  "});
}

TEST_F(PapTest, DropsImpossiblePackets) {
  EXPECT_EQ(receive(""), kMalformed);
  EXPECT_EQ(receive("01 05 0004"), kMalformed);
  EXPECT_EQ(receive("01 05 0005 ff"), kMalformed);
  EXPECT_EQ(receive("01 05 0008 03 626f62"), kMalformed);
  EXPECT_EQ(receive("01 05 000a 03 626f62 06 73"), kMalformed);
  EXPECT_EQ(receive("01 05 00ff 03 626f62 06 736563726574"), kMalformed);
  EXPECT_EQ(receive("02 05 0005 00"), kUnexpected);
  EXPECT_EQ(receive("03 05 0005 00"), kUnexpected);
  EXPECT_EQ(receive(kBob), Log{"verify bob secret"});
}

TEST_F(PapTest, AVerdictThatNeverComesIsNotTheClientsFault) {
  receive(kBob);
  EXPECT_EQ(wait(seconds(30)), (Log{"0305000a05453d393330", "failed bob 930"}));
  EXPECT_EQ(answer(LoginAccepted{.user = "bob"}), Log{}) << "too late";
}

TEST_F(PapTest, AVerdictNobodyAskedForIsIgnored) {
  EXPECT_EQ(answer(LoginAccepted{.user = "bob"}), Log{});
}

}  // namespace
}  // namespace upptpd::auth
