#include "control/pns_connection.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace upptpd::control {
namespace {

using std::chrono::seconds;

constexpr std::uint16_t kOurs = 21;
constexpr std::uint16_t kServers = 42;

class PnsConnectionTest : public testing::Test {
 protected:
  PnsConnectionTest() { drain(); }

  void receive(const Message& message) {
    connection_.receive(serialise(message), now_);
    drain();
  }

  void wait(Duration time) {
    const Instant end = now_ + time;
    while (connection_.deadline() && *connection_.deadline() <= end) {
      now_ = *connection_.deadline();
      connection_.advance(now_);
      drain();
    }
    now_ = end;
  }

  void answer_call() {
    receive(StartControlConnectionReply{.host_name = "gate"});
    receive(OutgoingCallReply{.call_id = SenderCallId(kServers),
                              .peer_call_id = ReceiverCallId(kOurs)});
  }

  void drain() {
    while (auto output = connection_.next_output()) {
      EXPECT_FALSE(closed()) << "an output after Closed";
      if (const auto* send = std::get_if<SendBytes>(&*output)) {
        View octets = send->bytes;
        sent_.push_back(std::get<Message>(*MessageStream().next(octets)));
      } else {
        outputs_.push_back(std::move(*output));
      }
    }
  }

  template <class Kind>
  const Kind* said() const {
    for (const auto& output : outputs_) {
      if (const auto* found = std::get_if<Kind>(&output)) return found;
    }
    return nullptr;
  }
  bool closed() const { return said<Closed>() != nullptr; }
  template <class Kind>
  bool last_sent() const {
    return !sent_.empty() && std::holds_alternative<Kind>(sent_.back());
  }

  Instant now_;
  PnsConnection connection_{{.host_name = "lab", .call_id = CallId(kOurs)}, now_};
  std::vector<Message> sent_;
  std::vector<PnsConnection::Output> outputs_;
};

TEST_F(PnsConnectionTest, IntroducesItselfAndAsksForACall) {
  ASSERT_TRUE(last_sent<StartControlConnectionRequest>());
  EXPECT_EQ(std::get<StartControlConnectionRequest>(sent_.back()).host_name, "lab");
  receive(StartControlConnectionReply{.host_name = "gate"});
  EXPECT_EQ(said<Started>()->host_name, "gate");
  ASSERT_TRUE(last_sent<OutgoingCallRequest>());
  EXPECT_EQ(std::get<OutgoingCallRequest>(sent_.back()).call_id.value(), kOurs);
}

TEST_F(PnsConnectionTest, LearnsTheServersCallId) {
  answer_call();
  ASSERT_NE(said<CallAnswered>(), nullptr);
  EXPECT_EQ(said<CallAnswered>()->peer_call_id, PeerCallId(kServers));
}

TEST_F(PnsConnectionTest, StopsWhenTheServerIsBusy) {
  receive(StartControlConnectionReply{});
  receive(
      OutgoingCallReply{.peer_call_id = ReceiverCallId(kOurs), .result = OutgoingCallResult::busy});
  ASSERT_NE(said<CallRefused>(), nullptr);
  EXPECT_TRUE(last_sent<StopControlConnectionRequest>());
  receive(StopControlConnectionReply{});
  EXPECT_TRUE(closed());
}

TEST_F(PnsConnectionTest, ClosesWhenTheServerRefusesTheConnection) {
  receive(StartControlConnectionReply{.result = StartResult::not_authorized});
  ASSERT_TRUE(closed());
  EXPECT_EQ(said<Closed>()->reason, CloseReason::refused);
}

TEST_F(PnsConnectionTest, HangsUpCallThenConnection) {
  answer_call();
  connection_.hang_up(now_);
  drain();
  ASSERT_TRUE(last_sent<CallClearRequest>());
  receive(CallDisconnectNotify{.call_id = SenderCallId(kServers)});
  ASSERT_TRUE(last_sent<StopControlConnectionRequest>());
  receive(StopControlConnectionReply{});
  EXPECT_EQ(said<Closed>()->reason, CloseReason::stopped);
  EXPECT_FALSE(connection_.deadline());
}

TEST_F(PnsConnectionTest, HangsUpOnAServerThatDoesNotAnswer) {
  answer_call();
  connection_.hang_up(now_);
  wait(seconds(7));
  EXPECT_TRUE(closed());
}

TEST_F(PnsConnectionTest, HearsThatTheServerEndedTheCall) {
  answer_call();
  receive(CallDisconnectNotify{.call_id = SenderCallId(kServers),
                               .result = CallDisconnectResult::administrative_shutdown});
  ASSERT_NE(said<CallDisconnected>(), nullptr);
  EXPECT_TRUE(last_sent<StopControlConnectionRequest>());
}

TEST_F(PnsConnectionTest, IgnoresWhatIsAboutOtherCalls) {
  receive(StartControlConnectionReply{});
  receive(OutgoingCallReply{.call_id = SenderCallId(1), .peer_call_id = ReceiverCallId(99)});
  EXPECT_EQ(said<CallAnswered>(), nullptr);
  answer_call();
  receive(CallDisconnectNotify{.call_id = SenderCallId(1)});
  EXPECT_EQ(said<CallDisconnected>(), nullptr);
}

TEST_F(PnsConnectionTest, GivesUpAServerThatNeverAnswers) {
  wait(seconds(31));
  ASSERT_TRUE(closed());
  EXPECT_EQ(said<Closed>()->reason, CloseReason::start_timeout);
}

TEST_F(PnsConnectionTest, AsksASilentServerAndGivesItUp) {
  answer_call();
  wait(seconds(61));
  ASSERT_TRUE(last_sent<EchoRequest>());
  receive(EchoReply{.identifier = std::get<EchoRequest>(sent_.back()).identifier});
  wait(seconds(59));
  EXPECT_FALSE(closed());
  wait(seconds(62));
  EXPECT_EQ(said<Closed>()->reason, CloseReason::echo_timeout);
}

TEST_F(PnsConnectionTest, AnswersEchoRequests) {
  answer_call();
  receive(EchoRequest{.identifier = 77});
  ASSERT_TRUE(last_sent<EchoReply>());
  EXPECT_EQ(std::get<EchoReply>(sent_.back()).identifier, 77U);
}

TEST_F(PnsConnectionTest, ClosesWhenTheServerStops) {
  answer_call();
  receive(StopControlConnectionRequest{});
  EXPECT_TRUE(last_sent<StopControlConnectionReply>());
  EXPECT_EQ(said<Closed>()->reason, CloseReason::peer_stopped);
}

TEST_F(PnsConnectionTest, ClosesOnGarbage) {
  connection_.receive(Bytes(64, 0x41), now_);
  drain();
  EXPECT_EQ(said<Closed>()->reason, CloseReason::protocol_error);
}

TEST_F(PnsConnectionTest, SaysWhyTheServerRefusesItsVersion) {
  receive(StartControlConnectionReply{.result = StartResult::version_not_supported});
  ASSERT_TRUE(closed());
  EXPECT_NE(said<Closed>()->sentence.find("version 1"), std::string::npos);
}

TEST_F(PnsConnectionTest, NoticesThatTheServerClosesAtEveryStep) {
  connection_.peer_closed(now_);
  drain();
  EXPECT_EQ(said<Closed>()->reason, CloseReason::peer_closed);
  connection_.peer_closed(now_);  // nothing more to say
  drain();
  EXPECT_FALSE(connection_.deadline());
}

TEST_F(PnsConnectionTest, AServerThatClosesWhileWeHangUpHasHeardIt) {
  answer_call();
  connection_.hang_up(now_);
  connection_.hang_up(now_);  // twice is once
  connection_.peer_closed(now_);
  drain();
  EXPECT_EQ(said<Closed>()->reason, CloseReason::stopped);
}

TEST_F(PnsConnectionTest, GivesUpAServerThatAnswersNoCall) {
  receive(StartControlConnectionReply{});
  wait(seconds(120));
  ASSERT_TRUE(closed());
  EXPECT_EQ(said<Closed>()->reason, CloseReason::start_timeout);
}

TEST_F(PnsConnectionTest, AnAnswerToAnotherEchoRequestIsNoSignOfLife) {
  answer_call();
  wait(seconds(61));
  ASSERT_TRUE(last_sent<EchoRequest>());
  receive(EchoReply{.identifier = std::get<EchoRequest>(sent_.back()).identifier + 1});
  wait(seconds(62));
  EXPECT_EQ(said<Closed>()->reason, CloseReason::echo_timeout);
}

TEST_F(PnsConnectionTest, AnAnswerToNoStopRequestIsIgnored) {
  answer_call();
  receive(StopControlConnectionReply{});
  EXPECT_FALSE(closed());
}

}  // namespace
}  // namespace upptpd::control
