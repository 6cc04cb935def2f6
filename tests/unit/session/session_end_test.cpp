// The ways in which a call ends, or never begins: each with the cause that its administrator reads.
#include <gtest/gtest.h>

#include "unit/session/virtual_call.hpp"

namespace upptpd::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Encryption = ClientProfile::Encryption;

Bytes from_client() { return ip_packet("10.0.0.2", "192.0.2.1"); }
Bytes to_client() { return ip_packet("192.0.2.1", "10.0.0.2"); }

/// LCP options that no client began with.
constexpr const char* kOtherLink = "0104 0578 0506 12345678 0702";

bool run_to_end(VirtualCall& call) {
  return call.run_until([&call] { return call.finished(); });
}

TEST(SessionEnd, AWrongPasswordIsSaidBeforeTheLinkEnds) {
  VirtualCall call({.client = {.password = "wrong"}});
  ASSERT_TRUE(call.run_until([&] { return call.client().verdicts().size() == 1; }));
  EXPECT_EQ(call.client().verdicts()[0].substr(0, 12), "E=691 R=0 C=");
  EXPECT_EQ(call.client().verdicts()[0].size(), 12U + 32 + 4);
  const Instant told = call.now();
  ASSERT_TRUE(call.run_until([&] { return call.client().terminate_requests() == 1; }));
  EXPECT_GE(call.now() - told, milliseconds(900));
  EXPECT_LE(call.now() - told, milliseconds(1100));
  ASSERT_TRUE(run_to_end(call));
  EXPECT_LE(call.now() - told, milliseconds(1200));
  call.expect_finished(Cause::authentication_failed);
  EXPECT_EQ(call.event<AuthenticationFailed>().name, "bob");
  EXPECT_EQ(call.event<AuthenticationFailed>().failure, auth::LoginFailure::wrong_password);
  EXPECT_EQ(call.count<Connected>(), 0U);
}

TEST(SessionEnd, AClientThatHangsUpAfterItsFailureStillFailedToLogIn) {
  VirtualCall call({.client = {.password = "wrong", .hangs_up_after_failure = true}});
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::authentication_failed);
  EXPECT_EQ(call.event<PeerTerminates>().ras_error, 691U);
  EXPECT_EQ(call.client().terminate_acks(), 1U);
}

// A call is good for one attempt: guessing must cost at least a new call each time.
TEST(SessionEnd, ARenegotiatedLinkGivesNoSecondAttemptAfterAFailure) {
  VirtualCall call({.client = {.password = "wrong"}});
  ASSERT_TRUE(call.run_until([&] { return call.client().verdicts().size() == 1; }));
  call.client().set_password("secret");
  call.client().restart_lcp(kOtherLink, call.now());
  call.drain();
  call.run_for(seconds(15));
  EXPECT_EQ(call.verifications(), 1U);
  EXPECT_EQ(call.count<Connected>(), 0U);
  call.expect_finished(Cause::authentication_failed);
}

TEST(SessionEnd, AVerdictThatNeverComesIsNotTheClientsFault) {
  VirtualCall call({.client = {.restart = seconds(5)}, .verdict_delay = seconds(1000)});
  ASSERT_TRUE(run_to_end(call));
  EXPECT_EQ(call.client().verdicts().at(0).substr(0, 9), "E=930 R=0");
  call.expect_finished(Cause::authentication_failed);
  EXPECT_EQ(call.event<AuthenticationFailed>().failure, auth::LoginFailure::no_answer);
}

TEST(SessionEnd, AClientThatWantsAnotherLoginIsToldGoodbye) {
  VirtualCall call({.client = {.login = from_hex("c023")}});
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::authentication_refused);
  EXPECT_EQ(call.event<AuthenticationRefused>().wanted, ppp::AuthMethod::pap);
  EXPECT_EQ(call.client().terminate_requests(), 1U);
  EXPECT_LT(call.elapsed(), seconds(1));
}

TEST(SessionEnd, AnUnknownLoginMethodIsReportedAsItCame) {
  VirtualCall call({.client = {.login = from_hex("c227")}});
  ASSERT_TRUE(run_to_end(call));
  EXPECT_FALSE(call.event<AuthenticationRefused>().wanted);
  EXPECT_EQ(call.event<AuthenticationRefused>().raw, "c227");
}

void expect_encryption_refused(Encryption how, const char* asked,
                               std::optional<std::uint32_t> offered) {
  VirtualCall call({.client = {.ccp_options = from_hex(asked), .encryption = how}});
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::encryption_refused);
  EXPECT_EQ(call.event<EncryptionRefused>().offered, offered);
  EXPECT_EQ(call.client().terminate_requests(), 1U) << "ended in good order";
  EXPECT_EQ(call.count<Connected>(), 0U);
  EXPECT_LT(call.elapsed(), seconds(10));
}

TEST(SessionEnd, AClientThatRejectsEncryptionEnds) {
  expect_encryption_refused(Encryption::rejects_option, "", {});
}

TEST(SessionEnd, AClientWithoutEncryptionEnds) {
  expect_encryption_refused(Encryption::rejects_protocol, "", {});
}

TEST(SessionEnd, AClientThatWants40BitsEnds) {
  expect_encryption_refused(Encryption::insists_on_40_bits, "1206 01000020", 0x01000020);
}

// pppd does that as soon as it is asked for 128.
TEST(SessionEnd, AClientThatEndsTheLinkBecauseItHasOnly40BitsIsExplained) {
  VirtualCall call({.client = {.ccp_options = from_hex("1206 01000020"),
                               .encryption = Encryption::insists_on_40_bits}});
  ASSERT_TRUE(call.run_until([&] { return call.count<AuthenticationSucceeded>() == 1; }));
  call.run_for(milliseconds(25));
  ASSERT_FALSE(call.finished());
  call.client().hang_up(0);
  call.drain();
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::encryption_refused);
  EXPECT_EQ(call.event<EncryptionRefused>().offered, 0x01000020U);
}

VirtualCall::Setup challenged_every_30_seconds() {
  VirtualCall::Setup setup;
  setup.link.rechallenge = seconds(30);
  return setup;
}

TEST(SessionEnd, AClientThatIsChallengedAgainStays) {
  VirtualCall call(challenged_every_30_seconds());
  ASSERT_TRUE(call.connect());
  call.run_for(seconds(70));
  EXPECT_TRUE(call.established());
  EXPECT_EQ(call.count<AuthenticationRenewed>(), 2U);
  EXPECT_EQ(call.client().verdicts().size(), 3U);
}

TEST(SessionEnd, AClientThatDoesNotKnowThePasswordAnyMoreEnds) {
  VirtualCall call(challenged_every_30_seconds());
  ASSERT_TRUE(call.connect());
  call.client().set_password("forgotten");
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::authentication_failed);
  EXPECT_EQ(call.event<AuthenticationFailed>().failure, auth::LoginFailure::wrong_password);
}

// The keys are those of the first login.
TEST(SessionEnd, AClientThatLogsInAsSomebodyElseWhenAskedAgainEnds) {
  auto setup = challenged_every_30_seconds();
  setup.users = "bob * secret *\ncarol * secret *\n";
  VirtualCall call(setup);
  ASSERT_TRUE(call.connect());
  call.client().set_name("carol");
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::authentication_failed);
}

TEST(SessionEnd, ALoginThatLeavesNoKeysEndsWhereEncryptionIsRequired) {
  VirtualCall call({.verdict_delay = seconds(30)});
  ASSERT_TRUE(call.run_until([&] { return call.verifications() == 1; }));
  call.session().login_verdict(auth::LoginAccepted{.user = "bob"}, call.now());
  call.drain();
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::encryption_refused);
  EXPECT_TRUE(call.event<EncryptionRefused>().no_keys);
}

// Windows XP ends CCP itself, with RAS error 732 or 742.
TEST(SessionEnd, AClientThatEndsCcpRefusedEncryption) {
  VirtualCall call({.client = {.encryption = Encryption::rejects_option}});
  call.set_script([&](VirtualCall::Way way, unsigned) {
    const bool answered = way == VirtualCall::Way::to_server && call.count<AddressAssigned>() > 0;
    return answered ? std::vector<Duration>{} : std::vector<Duration>{Duration{}};
  });
  ASSERT_TRUE(call.run_until([&] { return call.count<AddressAssigned>() == 1; }));
  call.set_script({});
  call.client().send_control(ppp::Protocol::ccp, ppp::Code::terminate_request, 99,
                             from_hex("12345678 003ccd74 000002e6"));
  call.drain();
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::encryption_refused);
  EXPECT_EQ(call.event<PeerTerminates>().ras_error, 742U);
  EXPECT_EQ(call.count<EncryptionRefused>(), 1U);
}

TEST(SessionEnd, TheUserHangsUp) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.client().hang_up(0);
  call.drain();
  call.run_for(milliseconds(30));
  EXPECT_EQ(call.client().terminate_acks(), 1U);
  EXPECT_EQ(call.count<Disconnected>(), 1U);
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::peer_hung_up);
  EXPECT_EQ(call.event<PeerTerminates>().ras_error, 0U);
  EXPECT_TRUE(call.event<Finished>().was_connected);
}

TEST(SessionEnd, TheUserHangsUpAfterUse) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.send_from_client(from_client());
  call.send_to_client(to_client());
  call.run_for(seconds(5));
  call.client().hang_up(0);
  call.drain();
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::peer_hung_up);
  EXPECT_EQ(call.event<Finished>().statistics.packets_in, 1U);
  EXPECT_EQ(call.event<Finished>().statistics.packets_out, 1U);
}

TEST(SessionEnd, TheErrorThatTheUserSeesIsReported) {
  for (std::uint32_t error : {691U, 778U, 812U}) {
    VirtualCall call({});
    ASSERT_TRUE(call.connect());
    call.client().hang_up(error);
    call.drain();
    ASSERT_TRUE(run_to_end(call));
    EXPECT_EQ(call.event<PeerTerminates>().ras_error, error);
  }
}

TEST(SessionEnd, AReasonInTextIsReportedAsText) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  const Bytes reason = to_bytes("User request\n");
  call.client().send_control(ppp::Protocol::lcp, ppp::Code::terminate_request, 99, reason);
  call.drain();
  ASSERT_TRUE(run_to_end(call));
  EXPECT_EQ(call.event<PeerTerminates>().text, "User request\n");
}

TEST(SessionEnd, ADeadClientIsFoundByEchoes) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.client().answer_echo(false);
  const Instant last_heard = call.now();
  ASSERT_TRUE(call.run_until([&] { return call.count<Disconnected>() == 1; }, seconds(1000)));
  EXPECT_LE(call.now() - last_heard, seconds(30 * 5));
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::peer_silent);
}

TEST(SessionEnd, AClientThatVanishesIsFoundByEchoes) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.set_script([](VirtualCall::Way, unsigned) { return std::vector<Duration>{}; });
  const Instant vanished = call.now();
  ASSERT_TRUE(call.run_until([&] { return call.finished(); }, seconds(1000)));
  // Two Terminate-Requests, three seconds each, come on top.
  EXPECT_LE(call.now() - vanished, seconds(30 * 5 + 6));
  call.expect_finished(Cause::peer_silent);
}

TEST(SessionEnd, GreThatNeverComesThroughIsNoAnswer) {
  VirtualCall call({.script = [](VirtualCall::Way, unsigned) { return std::vector<Duration>{}; }});
  ASSERT_TRUE(run_to_end(call));
  EXPECT_FALSE(call.event<Finished>().any_frame_received);
  EXPECT_FALSE(call.event<Finished>().was_connected);
  EXPECT_LE(call.elapsed(), seconds(60));
}

TEST(SessionEnd, AClearedCallEndsAtOnceAndForGood) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.session().call_cleared(Cause::control_connection_lost, call.now());
  call.drain();
  call.expect_finished(Cause::control_connection_lost);
  const unsigned sent = call.packets(VirtualCall::Way::to_client);
  call.send_from_client(from_client());
  call.send_to_client(to_client());
  call.client().hang_up(0);
  call.session().hang_up(Cause::server_shut_down, call.now());
  call.session().link_info_received(call.now());
  call.session().login_verdict(auth::LoginRefused{}, call.now());
  call.session().address_refused("late", call.now());
  call.session().call_cleared(Cause::peer_hung_up, call.now());
  call.run_for(seconds(100));
  EXPECT_EQ(call.count<Finished>(), 1U);
  EXPECT_EQ(call.packets(VirtualCall::Way::to_client), sent);
  EXPECT_TRUE(call.to_network().empty());
}

TEST(SessionEnd, ACallClearedAtAnyStepEndsAtOnce) {
  for (int milli = 0; milli < 250; milli += 5) {
    VirtualCall call({});
    call.run_for(milliseconds(milli));
    call.session().call_cleared(Cause::peer_hung_up, call.now());
    call.drain();
    call.run_for(seconds(100));
    EXPECT_EQ(call.count<Finished>(), 1U) << milli;
  }
}

TEST(SessionEnd, HangingUpAtAnyStepTellsTheClientAndEnds) {
  for (int milli = 0; milli < 250; milli += 5) {
    VirtualCall call({});
    call.run_for(milliseconds(milli));
    call.session().hang_up(Cause::server_shut_down, call.now());
    call.drain();
    call.run_for(seconds(7));
    call.expect_finished(Cause::server_shut_down);
    if (milli > 20) {
      EXPECT_GE(call.client().terminate_requests(), 1U) << milli;
    }
  }
}

TEST(SessionEnd, NoAddressIsFree) {
  VirtualCall call({.no_address = true});
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::address_unavailable);
  EXPECT_EQ(call.event<AddressUnavailable>().why, "the pool is empty");
  EXPECT_EQ(call.client().terminate_requests(), 1U);
}

TEST(SessionEnd, AnAddressThatNeverComesEndsInTime) {
  VirtualCall call({.address_delay = seconds(1000)});
  ASSERT_TRUE(run_to_end(call));
  EXPECT_LE(call.elapsed(), seconds(70));
  EXPECT_EQ(call.count<Connected>(), 0U);
}

TEST(SessionEnd, ASecondEncryptionOfUsedKeysEndsTheLink) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.send_from_client(from_client());
  call.run_for(milliseconds(50));
  // Other options than those acknowledged.
  call.client().send_control(ppp::Protocol::ccp, ppp::Code::configure_request, 200,
                             from_hex("1206 01000060"));
  call.drain();
  ASSERT_TRUE(run_to_end(call));
  call.expect_finished(Cause::encryption_lost);
}

TEST(SessionEnd, EncryptionNegotiatedAgainBeforeUseGoesOn) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.client().send_control(ppp::Protocol::ccp, ppp::Code::configure_request, 200,
                             from_hex("1206 01000060"));
  call.drain();
  call.run_for(seconds(5));
  ASSERT_TRUE(call.established());
  call.send_from_client(from_client());
  call.send_to_client(to_client());
  call.run_for(milliseconds(50));
  EXPECT_EQ(call.to_network().size(), 1U);
  EXPECT_EQ(call.client().received_ip().size(), 1U);
  EXPECT_FALSE(call.finished());
}

// Windows 10, after a Nak of ours that reached it twice.
TEST(SessionEnd, TheSameEncryptionRequestAgainTouchesNothing) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (int round = 0; round < 3; ++round) {
    call.send_from_client(from_client());
    call.send_to_client(to_client());
    call.client().repeat_ccp_request();
    call.drain();
    call.run_for(milliseconds(50));
  }
  EXPECT_EQ(call.to_network().size(), 3U);
  EXPECT_EQ(call.client().received_ip().size(), 3U);
  EXPECT_EQ(call.count<EncryptionStarted>(), 1U);
  EXPECT_EQ(call.count<Disconnected>(), 0U);
  EXPECT_FALSE(call.finished());
}

// New login, new keys: nothing is used twice.
TEST(SessionEnd, ALinkNegotiatedAgainAfterUseGoesOn) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.send_from_client(from_client());
  call.run_for(milliseconds(50));
  call.client().restart_lcp(kOtherLink, call.now());
  call.drain();
  call.run_until([&] { return call.finished() || call.count<Connected>() == 2; }, seconds(20));
  EXPECT_FALSE(call.finished());
  EXPECT_EQ(call.count<Disconnected>(), 1U);
  EXPECT_EQ(call.count<Connected>(), 2U);
  EXPECT_EQ(call.verifications(), 2U);
}

}  // namespace
}  // namespace upptpd::session
