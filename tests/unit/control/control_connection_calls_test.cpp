#include <gtest/gtest.h>

#include "control/control_connection.hpp"
#include "unit/control/connection_under_test.hpp"

namespace upptpd::control {
namespace {

TEST(ControlConnectionCalls, TheOwnerHearsAllThatTheClientAsksFor) {
  ConnectionUnderTest test;
  test.start();
  OutgoingCallRequest request{.call_id = SenderCallId(0x9d49),
                              .call_serial_number = 3,
                              .minimum_speed = 300,
                              .maximum_speed = 100'000'000,
                              .bearer_type = 3,
                              .framing_type = 2,
                              .receive_window = 64,
                              .phone_number = "555"};
  request.subaddress[0] = 0xff;
  test.receive(request);
  EXPECT_TRUE(test.sent().empty());
  const auto requested = test.event<CallRequested>();
  EXPECT_EQ(requested.peer_call_id, PeerCallId(0x9d49));
  EXPECT_EQ(requested.call_serial_number, 3);
  EXPECT_EQ(requested.minimum_speed, 300U);
  EXPECT_EQ(requested.maximum_speed, 100'000'000U);
  EXPECT_EQ(requested.bearer_type, 3U);
  EXPECT_EQ(requested.framing_type, 2U);
  EXPECT_EQ(requested.receive_window, 64);
  EXPECT_EQ(requested.phone_number, "555");
  EXPECT_EQ(requested.subaddress, request.subaddress);
}

TEST(ControlConnectionCalls, AnAcceptedCallIsAnsweredWithBothIds) {
  ConnectionUnderTest test({.receive_window = 33});
  test.start();
  const CallRequestNumber request = test.request_call(0);  // Windows 2000 uses call id 0.
  EXPECT_TRUE(test.connection().accept_call(request, CallId(0x0102), test.now()));
  test.drain();
  const auto reply = test.only_sent<OutgoingCallReply>();
  EXPECT_EQ(reply.call_id, SenderCallId(0x0102));
  EXPECT_EQ(reply.peer_call_id, ReceiverCallId(0));
  EXPECT_EQ(reply.result, OutgoingCallResult::connected);
  EXPECT_EQ(reply.error, GeneralError::none);
  EXPECT_EQ(reply.connect_speed, 1000U);
  EXPECT_EQ(reply.receive_window, 33);
  EXPECT_EQ(reply.physical_channel_id, 0U);
}

TEST(ControlConnectionCalls, ARefusedCallIsAnsweredAndForgotten) {
  ConnectionUnderTest test;
  test.start();
  const CallRequestNumber request = test.request_call(100);
  test.connection().refuse_call(request, OutgoingCallResult::do_not_accept, test.now());
  test.drain();
  const auto reply = test.only_sent<OutgoingCallReply>();
  EXPECT_EQ(reply.peer_call_id, ReceiverCallId(100));
  EXPECT_EQ(reply.result, OutgoingCallResult::do_not_accept);
  EXPECT_EQ(reply.error, GeneralError::none);
  test.forget();
  EXPECT_FALSE(test.connection().accept_call(request, CallId(1), test.now()));
  test.receive(CallClearRequest{.call_id = SenderCallId(100)});
  EXPECT_TRUE(test.quiet());
}

TEST(ControlConnectionCalls, AGeneralErrorHasAnErrorCode) {
  ConnectionUnderTest test;
  test.start();
  const CallRequestNumber request = test.request_call(100);
  test.connection().refuse_call(request, OutgoingCallResult::general_error, test.now());
  test.drain();
  EXPECT_EQ(test.only_sent<OutgoingCallReply>().error, GeneralError::no_resource);
}

TEST(ControlConnectionCalls, OneCallTooManyIsBusyUntilAnotherEnds) {
  ConnectionUnderTest test({.max_calls = 2});
  test.start();
  test.call(1, 100);
  test.request_call(200);  // One that waits counts too.
  test.receive(OutgoingCallRequest{.call_id = SenderCallId(300)});
  const auto reply = test.only_sent<OutgoingCallReply>();
  EXPECT_EQ(reply.peer_call_id, ReceiverCallId(300));
  EXPECT_EQ(reply.result, OutgoingCallResult::busy);
  EXPECT_TRUE(test.events().empty());
  EXPECT_EQ(test.connection().counters().busy_calls, 1U);
  test.receive(CallClearRequest{.call_id = SenderCallId(100)});
  test.call(3, 300);
}

TEST(ControlConnectionCalls, TheClientClearsACallByItsOwnId) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 2);
  test.call(2, 1);
  test.receive(CallClearRequest{.call_id = SenderCallId(1)});
  EXPECT_EQ(test.event<CallEnded>().call_id, CallId(2));
  EXPECT_EQ(test.event<CallEnded>().why, CallEndReason::cleared_by_peer);
  const auto notify = test.only_sent<CallDisconnectNotify>();
  EXPECT_EQ(notify.call_id, SenderCallId(2));
  EXPECT_EQ(notify.result, CallDisconnectResult::request);
  EXPECT_EQ(notify.error, GeneralError::none);
  EXPECT_EQ(notify.cause, CauseCode::none);
  EXPECT_FALSE(test.closed());
}

TEST(ControlConnectionCalls, ClearingAnUnknownCallIsIgnored) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.receive(CallClearRequest{.call_id = SenderCallId(1)});
  EXPECT_TRUE(test.quiet());
  EXPECT_EQ(test.connection().counters().ignored_messages, 1U);
}

TEST(ControlConnectionCalls, ClearingTwiceIsAnsweredOnce) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.receive(CallClearRequest{.call_id = SenderCallId(100)});
  test.receive(CallClearRequest{.call_id = SenderCallId(100)});
  EXPECT_EQ(test.only_sent<CallDisconnectNotify>().call_id, SenderCallId(1));
  EXPECT_EQ(test.all<CallEnded>().size(), 1U);
}

TEST(ControlConnectionCalls, OfTwoCallsWithOneIdTheNewestIsCleared) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 0);
  test.call(2, 0);
  test.receive(CallClearRequest{.call_id = SenderCallId(0)});
  EXPECT_EQ(test.event<CallEnded>().call_id, CallId(2));
  test.forget();
  test.receive(CallClearRequest{.call_id = SenderCallId(0)});
  EXPECT_EQ(test.event<CallEnded>().call_id, CallId(1));
}

TEST(ControlConnectionCalls, ARequestMayBeWithdrawnBeforeItsAnswer) {
  ConnectionUnderTest test;
  test.start();
  const CallRequestNumber request = test.request_call(100);
  test.receive(CallClearRequest{.call_id = SenderCallId(100)});
  EXPECT_EQ(test.event<CallRequestWithdrawn>().request, request);
  EXPECT_EQ(test.event<CallRequestWithdrawn>().why, CallEndReason::cleared_by_peer);
  EXPECT_EQ(test.only_sent<CallDisconnectNotify>().result, CallDisconnectResult::request);
  test.forget();
  EXPECT_FALSE(test.connection().accept_call(request, CallId(1), test.now()));
  test.connection().refuse_call(request, OutgoingCallResult::busy, test.now());
  test.drain();
  EXPECT_TRUE(test.quiet());
}

TEST(ControlConnectionCalls, SomePeersDisconnectWithANotify) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.receive(CallDisconnectNotify{.call_id = SenderCallId(100)});
  EXPECT_TRUE(test.sent().empty());
  EXPECT_EQ(test.event<CallEnded>().call_id, CallId(1));
  EXPECT_EQ(test.event<CallEnded>().why, CallEndReason::disconnected_by_peer);
  test.forget();
  test.receive(CallDisconnectNotify{.call_id = SenderCallId(100)});
  EXPECT_TRUE(test.quiet());
  EXPECT_EQ(test.connection().counters().ignored_messages, 1U);
}

TEST(ControlConnectionCalls, OurEndOfACallTellsThePeerAndNotTheOwner) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.connection().end_call(CallId(1), CallDisconnectResult::lost_carrier, test.now());
  test.connection().end_call(CallId(1), CallDisconnectResult::lost_carrier, test.now());
  test.drain();
  EXPECT_EQ(test.only_sent<CallDisconnectNotify>().call_id, SenderCallId(1));
  EXPECT_EQ(test.only_sent<CallDisconnectNotify>().result, CallDisconnectResult::lost_carrier);
  EXPECT_TRUE(test.events().empty());
}

TEST(ControlConnectionCalls, LinkInfoOfOurCallIsReported) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  Bytes octets = serialise(SetLinkInfo{
      .peer_call_id = ReceiverCallId(1), .send_accm = 0x000a0000, .receive_accm = 0xffffffff});
  octets[14] = 0xff;  // A Microsoft server leaves junk in Reserved1.
  for (int time = 0; time < 3; ++time) test.receive_octets(octets);
  EXPECT_TRUE(test.sent().empty());
  ASSERT_EQ(test.all<LinkInfoReceived>().size(), 3U);
  EXPECT_EQ(test.event<LinkInfoReceived>().call_id, CallId(1));
  EXPECT_EQ(test.event<LinkInfoReceived>().send_accm, 0x000a0000U);
  EXPECT_EQ(test.event<LinkInfoReceived>().receive_accm, 0xffffffffU);
}

TEST(ControlConnectionCalls, LinkInfoOfAnotherCallIsIgnored) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  test.request_call(0);  // Has no id of ours yet.
  test.receive(SetLinkInfo{.peer_call_id = ReceiverCallId(100)});
  test.receive(SetLinkInfo{.peer_call_id = ReceiverCallId(0)});
  EXPECT_TRUE(test.quiet());
  EXPECT_EQ(test.connection().counters().ignored_messages, 2U);
}

TEST(ControlConnectionCalls, IncomingCallsAreNotAccepted) {
  ConnectionUnderTest test;
  test.start();
  test.receive(IncomingCallRequest{.call_id = SenderCallId(77)});
  const auto reply = test.only_sent<IncomingCallReply>();
  EXPECT_EQ(reply.peer_call_id, ReceiverCallId(77));
  EXPECT_EQ(reply.result, IncomingCallResult::do_not_accept);
  EXPECT_TRUE(test.events().empty());
}

TEST(ControlConnectionCallsDeathTest, UsingACallIdTwiceIsOurBug) {
  ConnectionUnderTest test;
  test.start();
  test.call(1, 100);
  const CallRequestNumber request = test.request_call(200);
  EXPECT_DEATH(static_cast<void>(test.connection().accept_call(request, CallId(1), test.now())),
               "internal error");
}

}  // namespace
}  // namespace upptpd::control
