#include "control/control_connection.hpp"

#include <gtest/gtest.h>

#include "unit/control/connection_under_test.hpp"

namespace upptpd::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ControlConnection, AnswersTheStartAndTellsWhoIsThere) {
  ConnectionUnderTest test({.host_name = "gate", .firmware_revision = 7, .max_calls = 3});
  test.receive(StartControlConnectionRequest{.framing_capabilities = 1,
                                             .bearer_capabilities = 2,
                                             .maximum_channels = 4,
                                             .firmware_revision = 2195,
                                             .host_name = "pc",
                                             .vendor_name = "Microsoft Windows NT"});
  const auto reply = test.only_sent<StartControlConnectionReply>();
  EXPECT_EQ(reply.protocol_version, 0x0100);
  EXPECT_EQ(reply.result, StartResult::success);
  EXPECT_EQ(reply.error, GeneralError::none);
  EXPECT_EQ(reply.host_name, "gate");
  EXPECT_EQ(reply.vendor_name, "upptpd");
  EXPECT_EQ(reply.firmware_revision, 7);
  EXPECT_EQ(reply.maximum_channels, 3);
  const auto started = test.event<Started>();
  EXPECT_EQ(started.host_name, "pc");
  EXPECT_EQ(started.vendor_name, "Microsoft Windows NT");
  EXPECT_EQ(started.firmware_revision, 2195);
  EXPECT_EQ(started.protocol_version, 0x0100);
  EXPECT_EQ(started.framing_capabilities, 1U);
  EXPECT_EQ(started.bearer_capabilities, 2U);
  EXPECT_EQ(started.maximum_channels, 4);
}

TEST(ControlConnection, AcceptsAnotherRevisionOfVersionOne) {
  ConnectionUnderTest test;
  test.receive(StartControlConnectionRequest{.protocol_version = 0x0101});
  EXPECT_EQ(test.only_sent<StartControlConnectionReply>().result, StartResult::success);
}

TEST(ControlConnection, RefusesAnotherVersion) {
  for (const auto version : std::initializer_list<std::uint16_t>{0x0000, 0x0001, 0x0200, 0xff00}) {
    ConnectionUnderTest test;
    test.receive(StartControlConnectionRequest{.protocol_version = version});
    const auto reply = test.only_sent<StartControlConnectionReply>();
    EXPECT_EQ(reply.result, StartResult::version_not_supported);
    EXPECT_EQ(reply.protocol_version, 0x0100);
    EXPECT_TRUE(test.all<Started>().empty());
    test.expect_closed(CloseReason::version_not_supported);
  }
}

TEST(ControlConnection, ClosesWhenNothingComes) {
  ConnectionUnderTest test({.first_message_timeout = seconds(10)});
  test.wait(seconds(10) - milliseconds(1));
  EXPECT_FALSE(test.closed());
  test.wait(milliseconds(1));
  EXPECT_TRUE(test.sent().empty());
  test.expect_closed(CloseReason::start_timeout);
}

TEST(ControlConnection, TrickledOctetsDoNotProlongTheStart) {
  ConnectionUnderTest test;
  const Bytes request = serialise(StartControlConnectionRequest{});
  for (std::size_t i = 0; i < 12 && !test.closed(); ++i) {
    test.wait(seconds(1));
    if (!test.closed()) test.receive_octets(View(request).subspan(i, 1));
  }
  test.expect_closed(CloseReason::start_timeout);
}

TEST(ControlConnection, ClosesWhenAnotherMessageComesFirst) {
  const Message first[] = {EchoRequest{}, OutgoingCallRequest{}, StopControlConnectionRequest{},
                           StartControlConnectionReply{}};
  for (const Message& message : first) {
    ConnectionUnderTest test;
    test.receive(message);
    EXPECT_TRUE(test.sent().empty());
    test.expect_closed(CloseReason::not_started);
  }
}

TEST(ControlConnection, ClosesWhenAnUnknownMessageComesFirst) {
  ConnectionUnderTest test;
  Bytes unknown = serialise(EchoRequest{});
  unknown[9] = 42;
  test.receive_octets(unknown);
  test.expect_closed(CloseReason::not_started);
}

TEST(ControlConnection, ASecondStartIsRefusedAndHarmsNothing) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.receive(StartControlConnectionRequest{.vendor_name = "Microsoft"});
  EXPECT_EQ(test.only_sent<StartControlConnectionReply>().result,
            StartResult::channel_already_exists);
  EXPECT_TRUE(test.events().empty());
  test.forget();
  test.receive(SetLinkInfo{.peer_call_id = ReceiverCallId(1)});
  EXPECT_EQ(test.event<LinkInfoReceived>().call_id, CallId(1));
}

TEST(ControlConnection, WorksOnMessagesThatAreSplitAndJoined) {
  Bytes octets;
  for (const Message& message :
       {Message(StartControlConnectionRequest{}), Message(EchoRequest{.identifier = 1}),
        Message(EchoRequest{.identifier = 2})}) {
    const Bytes more = serialise(message);
    octets.insert(octets.end(), more.begin(), more.end());
  }
  for (std::size_t cut = 0; cut <= octets.size(); ++cut) {
    ConnectionUnderTest test;
    test.receive_octets(View(octets).first(cut));
    test.receive_octets(View(octets).subspan(cut));
    ASSERT_EQ(test.sent().size(), 3U);
    EXPECT_EQ(test.sent_at<EchoReply>(2).identifier, 2U);
  }
}

TEST(ControlConnection, AnswersEchoRequests) {
  ConnectionUnderTest test;
  test.start();
  test.receive(EchoRequest{.identifier = 0x01020304});
  const auto reply = test.only_sent<EchoReply>();
  EXPECT_EQ(reply.identifier, 0x01020304U);
  EXPECT_EQ(reply.result, EchoResult::valid);
  EXPECT_EQ(reply.error, GeneralError::none);
}

TEST(ControlConnection, AsksAfterSilenceAndIsContentWithTheReply) {
  ConnectionUnderTest test;
  test.start();
  std::uint32_t last_identifier = 0;
  for (int round = 0; round < 3; ++round) {
    test.wait(seconds(60) - milliseconds(1));
    EXPECT_TRUE(test.quiet());
    test.wait(milliseconds(1));
    const auto request = test.only_sent<EchoRequest>();
    EXPECT_NE(request.identifier, last_identifier);
    last_identifier = request.identifier;
    test.wait(seconds(59));
    test.receive(EchoReply{.identifier = request.identifier});
    test.forget();
  }
  EXPECT_EQ(test.connection().counters().ignored_messages, 0U);
}

TEST(ControlConnection, AnyMessageEndsTheSilence) {
  ConnectionUnderTest test;
  test.start();
  Bytes unknown = serialise(EchoRequest{});
  unknown[9] = 42;
  for (int round = 0; round < 5; ++round) {
    test.wait(seconds(59));
    test.receive_octets(unknown);
  }
  EXPECT_TRUE(test.quiet());
}

TEST(ControlConnection, ClosesWhenTheEchoIsNotAnswered) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.wait(seconds(60));
  EXPECT_EQ(test.only_sent<EchoRequest>().identifier, 1U);
  test.wait(seconds(60) - milliseconds(1));
  EXPECT_FALSE(test.closed());
  test.wait(milliseconds(1));
  EXPECT_EQ(test.event<CallEnded>().call_id, CallId(1));
  EXPECT_EQ(test.event<CallEnded>().why, CallEndReason::echo_timeout);
  test.expect_closed(CloseReason::echo_timeout);
}

TEST(ControlConnection, OnlyTheRightEchoReplyCounts) {
  ConnectionUnderTest test;
  test.start();
  test.receive(EchoReply{.identifier = 1});  // Nobody asked.
  EXPECT_EQ(test.connection().counters().ignored_messages, 1U);
  test.wait(seconds(60));
  const auto request = test.only_sent<EchoRequest>();
  test.receive(EchoReply{.identifier = request.identifier + 1});
  test.receive(EchoRequest{});
  EXPECT_EQ(test.connection().counters().ignored_messages, 2U);
  test.wait(seconds(60));
  test.expect_closed(CloseReason::echo_timeout);
}

TEST(ControlConnection, ThePeerStopsItInAnOrderlyWay) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.call(2, 200);
  const CallRequestNumber waiting = test.request_call(300);
  test.receive(StopControlConnectionRequest{.reason = StopReason::general});
  EXPECT_EQ(test.only_sent<StopControlConnectionReply>().result, StopResult::closed);
  ASSERT_EQ(test.all<CallEnded>().size(), 2U);
  EXPECT_EQ(test.all<CallEnded>()[1].call_id, CallId(2));
  EXPECT_EQ(test.all<CallEnded>()[1].why, CallEndReason::peer_stopped);
  EXPECT_EQ(test.event<CallRequestWithdrawn>().request, waiting);
  test.expect_closed(CloseReason::peer_stopped);
}

TEST(ControlConnection, WeStopItInAnOrderlyWay) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.request_call(200);
  test.connection().stop(StopReason::local_shutdown, test.now());
  test.drain();
  ASSERT_EQ(test.sent().size(), 3U);
  EXPECT_EQ(test.sent_at<CallDisconnectNotify>(0).call_id, SenderCallId(1));
  EXPECT_EQ(test.sent_at<CallDisconnectNotify>(0).result,
            CallDisconnectResult::administrative_shutdown);
  EXPECT_EQ(test.sent_at<OutgoingCallReply>(1).peer_call_id, ReceiverCallId(200));
  EXPECT_EQ(test.sent_at<OutgoingCallReply>(1).result, OutgoingCallResult::do_not_accept);
  EXPECT_EQ(test.sent_at<StopControlConnectionRequest>(2).reason, StopReason::local_shutdown);
  EXPECT_TRUE(test.events().empty());
  test.receive(StopControlConnectionReply{});
  EXPECT_EQ(test.events().size(), 1U);
  test.expect_closed(CloseReason::stopped);
}

TEST(ControlConnection, StoppingDoesNotWaitForever) {
  ConnectionUnderTest test({.stop_timeout = seconds(3)});
  test.start();
  test.connection().stop(StopReason::general, test.now());
  test.drain();
  test.forget();
  test.wait(seconds(2));
  test.receive(EchoRequest{.identifier = 5});
  EXPECT_EQ(test.only_sent<EchoReply>().identifier, 5U);
  test.receive(OutgoingCallRequest{});
  test.receive(CallClearRequest{});
  EXPECT_EQ(test.connection().counters().ignored_messages, 2U);
  test.wait(seconds(1));
  test.expect_closed(CloseReason::stop_timeout);
}

TEST(ControlConnection, StopsOfBothSidesMayCross) {
  ConnectionUnderTest test;
  test.start();
  test.connection().stop(StopReason::general, test.now());
  test.connection().stop(StopReason::general, test.now());
  test.receive(StopControlConnectionRequest{});
  ASSERT_EQ(test.sent().size(), 2U);
  EXPECT_EQ(test.sent_at<StopControlConnectionReply>(1).result, StopResult::closed);
  test.expect_closed(CloseReason::stopped);
}

TEST(ControlConnection, StoppingBeforeTheStartClosesAtOnce) {
  ConnectionUnderTest test;
  test.connection().stop(StopReason::local_shutdown, test.now());
  test.drain();
  EXPECT_TRUE(test.sent().empty());
  test.expect_closed(CloseReason::stopped);
}

TEST(ControlConnection, TheEndOfTcpEndsAllCalls) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.connection().peer_closed(test.now());
  test.drain();
  EXPECT_TRUE(test.sent().empty());
  EXPECT_EQ(test.event<CallEnded>().why, CallEndReason::peer_closed);
  test.expect_closed(CloseReason::peer_closed);
}

TEST(ControlConnection, TheEndOfTcpAnswersOurStop) {
  ConnectionUnderTest test;
  test.start();
  test.connection().stop(StopReason::general, test.now());
  test.connection().peer_closed(test.now());
  test.drain();
  test.expect_closed(CloseReason::stopped);
}

TEST(ControlConnection, AMalformedMessageEndsEverything) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  Bytes octets = serialise(EchoRequest{});
  octets[4] = 0;
  const Bytes more = serialise(EchoRequest{});
  octets.insert(octets.end(), more.begin(), more.end());
  test.receive_octets(octets);
  EXPECT_TRUE(test.sent().empty());
  EXPECT_EQ(test.event<CallEnded>().why, CallEndReason::protocol_error);
  test.expect_closed(CloseReason::protocol_error);
}

TEST(ControlConnection, NothingHappensAfterClosed) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.receive(StopControlConnectionRequest{});
  test.forget();
  test.receive(EchoRequest{});
  EXPECT_FALSE(test.connection().accept_call(CallRequestNumber(1), CallId(2), test.now()));
  test.connection().refuse_call(CallRequestNumber(1), OutgoingCallResult::busy, test.now());
  test.connection().end_call(CallId(1), CallDisconnectResult::lost_carrier, test.now());
  test.connection().stop(StopReason::general, test.now());
  test.connection().peer_closed(test.now());
  test.wait(seconds(1000));
  EXPECT_TRUE(test.quiet());
}

TEST(ControlConnection, IgnoresAndCountsWhatOnlyAPacSends) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  const Message messages[] = {StartControlConnectionReply{}, StopControlConnectionReply{},
                              OutgoingCallReply{},           IncomingCallReply{},
                              IncomingCallConnected{},       WanErrorNotify{}};
  for (const Message& message : messages) test.receive(message);
  EXPECT_TRUE(test.quiet());
  EXPECT_EQ(test.connection().counters().ignored_messages, 6U);
}

TEST(ControlConnection, IgnoresAndCountsMessagesOfUnknownType) {
  ConnectionUnderTest test;
  test.start();
  Bytes unknown = serialise(WanErrorNotify{});
  unknown[8] = 0x12;
  test.receive_octets(unknown);
  EXPECT_TRUE(test.quiet());
  EXPECT_EQ(test.connection().counters().unknown_messages, 1U);
  EXPECT_EQ(test.connection().counters().ignored_messages, 1U);
  EXPECT_EQ(test.connection().counters().received_messages, 2U);
}

}  // namespace
}  // namespace upptpd::control
