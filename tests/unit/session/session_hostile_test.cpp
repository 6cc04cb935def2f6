// Clients that are broken, confused or worse: the call ends, or goes on as if nothing were, and
// costs little.
#include <gtest/gtest.h>

#include "unit/session/virtual_call.hpp"

namespace upptpd::session {
namespace {

using ppp::Code;
using ppp::Protocol;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kOtherLink = "0104 0578 0506 12345678 0702";

void send(VirtualCall& call, Protocol protocol, Code code, const Bytes& data) {
  call.client().send_control(protocol, code, 250, data);
  call.drain();
}

bool run_to_end(VirtualCall& call) {
  return call.run_until([&call] { return call.finished(); });
}

// Each would be a line in the log.
TEST(HostileClient, AFloodOfIdentificationsIsNoFloodOfEvents) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  const Bytes data = to_bytes("....MSRASV5.20");
  for (int i = 0; i < 1000; ++i) send(call, Protocol::lcp, Code::identification, data);
  call.run_for(seconds(1));
  EXPECT_LT(call.count<PeerIdentified>(), 16U);
}

TEST(HostileClient, WhoIsAlwaysAnotherClientIsNoFloodOfEvents) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (int i = 0; i < 1000; ++i) {
    send(call, Protocol::lcp, Code::identification, to_bytes("....MSRAS-0-" + std::to_string(i)));
  }
  call.run_for(seconds(1));
  EXPECT_LT(call.count<PeerRecognised>(), 16U);
}

TEST(HostileClient, AFloodOfTerminateRequestsIsNoFloodOfEvents) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (int i = 0; i < 1000; ++i) call.client().hang_up(0);
  call.drain();
  call.run_for(seconds(1));
  EXPECT_LT(call.count<PeerTerminates>(), 16U);
}

TEST(HostileClient, AFloodOfUnknownProtocolsIsReportedAFewTimes) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (unsigned i = 0; i < 1000; ++i) {
    send(call, static_cast<Protocol>(0x8101 + 2 * (i % 100)), Code::configure_request, {});
  }
  call.run_for(seconds(1));
  EXPECT_LT(call.count<ProtocolRejected>(), 16U);
  EXPECT_TRUE(call.established());
}

// The verdict would carry the wrong proof, and a good client would hang up.
TEST(HostileClient, AVerdictOnAnEarlierLoginIsNotTakenForThisOne) {
  VirtualCall call({.verdict_delay = seconds(3)});
  ASSERT_TRUE(call.run_until([&] { return call.verifications() == 1; }));
  call.run_for(milliseconds(500));
  call.client().restart_lcp(kOtherLink, call.now());
  call.drain();
  ASSERT_TRUE(call.run_until([&] { return call.verifications() == 2; }));
  call.run_until([&] { return call.established() || call.finished(); });
  EXPECT_TRUE(call.established());
}

TEST(HostileClient, AnAddressForAnEarlierLoginDoesNotBreakThisOne) {
  VirtualCall call({.address_delay = seconds(3)});
  ASSERT_TRUE(call.run_until([&] { return call.count<AuthenticationSucceeded>() == 1; }));
  call.client().restart_lcp(kOtherLink, call.now());
  call.drain();
  ASSERT_TRUE(call.connect());
  call.run_for(seconds(10));
  EXPECT_TRUE(call.established());
}

TEST(HostileClient, AClientThatForgotTheLinkIsBackAtOnce) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  // The same options as before; but it had logged in, so this is no straggler.
  call.client().restart_lcp("0104 0578 0506 12345678 0702 0802", call.now());
  call.drain();
  EXPECT_TRUE(call.run_until([&] { return call.count<Connected>() == 2; }, seconds(1)));
}

TEST(HostileClient, EndlessRenegotiationWithoutALoginEnds) {
  VirtualCall call({.client = {.password = "wrong"}, .verdict_delay = seconds(100)});
  for (int i = 1; i < 100; ++i) {
    call.at(seconds(i), [&call, i] {
      call.client().restart_lcp(i % 2 == 0 ? kOtherLink : "0104 0578", call.now());
    });
  }
  ASSERT_TRUE(run_to_end(call));
  EXPECT_LE(call.elapsed(), seconds(70));
}

// Each is work, and lines in the log.
TEST(HostileClient, EndlessRenegotiationWithALoginEnds) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (int i = 1; i < 100 && !call.finished(); ++i) {
    call.client().restart_lcp(i % 2 == 0 ? kOtherLink : "0104 0578", call.now());
    call.drain();
    call.run_for(seconds(1));
  }
  EXPECT_TRUE(call.finished());
  EXPECT_LT(call.count<Connected>(), 20U);
}

TEST(HostileClient, InsistingOnAnAddressEndsTheCall) {
  VirtualCall call(
      {.client = {.ipcp_options = from_hex("0306 08080808"), .insists_on_address = true}});
  ASSERT_TRUE(run_to_end(call));
  EXPECT_EQ(call.event<Finished>().cause, Cause::network_refused);
  EXPECT_EQ(call.count<Connected>(), 0U);
  EXPECT_LT(call.elapsed(), seconds(10));
}

TEST(HostileClient, RejectingWhatWeNeedEnds) {
  struct Rejected {
    Protocol protocol;
    const char* data;
    Cause cause;
  };
  for (const Rejected& rejected :
       {Rejected{Protocol::lcp, "c021 0101", Cause::lcp_not_converging},
        Rejected{Protocol::ccp, "80fd 0101", Cause::encryption_lost},
        Rejected{Protocol::ipcp, "8021 0101", Cause::network_refused},
        Rejected{Protocol::chap, "c223 0101", Cause::authentication_refused}}) {
    SCOPED_TRACE(rejected.data);
    VirtualCall call({});
    ASSERT_TRUE(call.connect());
    send(call, Protocol::lcp, Code::protocol_reject, from_hex(rejected.data));
    ASSERT_TRUE(run_to_end(call));
    call.expect_finished(rejected.cause);
  }
}

TEST(HostileClient, RejectingWhatWeDoNotNeedChangesNothing) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (const char* data : {"8057 0101", "c029", "0021", "80", ""}) {
    send(call, Protocol::lcp, Code::protocol_reject, from_hex(data));
  }
  send(call, Protocol::lcp, Code::code_reject, from_hex("0c010004"));
  call.run_for(seconds(5));
  EXPECT_TRUE(call.established());
}

TEST(HostileClient, HangingUpAtAnyStepEndsTheCall) {
  for (int milli = 16; milli < 250; milli += 3) {
    SCOPED_TRACE(milli);
    VirtualCall call({});
    call.run_for(milliseconds(milli));
    call.client().hang_up(0);
    call.drain();
    // It is gone after that.
    call.set_script([](VirtualCall::Way, unsigned) { return std::vector<Duration>{}; });
    ASSERT_TRUE(call.run_until([&] { return call.finished(); }, seconds(20)));
    call.expect_finished(Cause::peer_hung_up);
  }
}

TEST(HostileClient, MalformedControlPacketsAreIgnoredAtEveryStep) {
  for (const char* frame :
       {"c021", "c021 01", "c021 01 01 0003", "c021 01 01 00ff", "c021 01 01 0006 0100", "c223",
        "c223 02 01 0004", "80fd 01 01 0006 1201", "8021 01 01 0005 03", "ff03", "ff", "c0", ""}) {
    SCOPED_TRACE(frame);
    VirtualCall call({.chatter = from_hex(frame)});
    ASSERT_TRUE(call.connect());
    EXPECT_LT(call.elapsed(), milliseconds(300));
  }
}

TEST(HostileClient, WithoutPacketBuffersNothingBreaks) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  std::vector<Packet> taken;
  while (Packet packet = call.pool().take()) taken.push_back(std::move(packet));
  taken.resize(taken.size() - 1);  // one comes in, and no answer can go out
  send(call, Protocol::lcp, Code::echo_request, from_hex("12345678"));
  call.run_for(milliseconds(50));
  EXPECT_TRUE(call.established());
  taken.clear();
  call.run_for(seconds(40));
  EXPECT_TRUE(call.established());
}

}  // namespace
}  // namespace upptpd::session
