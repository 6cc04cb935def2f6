// How a call goes that goes well, and what users of good clients notice.
#include "session/session.hpp"

#include <gtest/gtest.h>

#include "unit/session/virtual_call.hpp"

namespace upptpd::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Way = VirtualCall::Way;

Bytes from_client(std::uint8_t mark = 0, std::size_t size = 60) {
  return ip_packet("10.0.0.2", "192.0.2.1", size, mark);
}
Bytes to_client(std::uint8_t mark = 0, std::size_t size = 60) {
  return ip_packet("192.0.2.1", "10.0.0.2", size, mark);
}

void expect_no_flaws(VirtualCall& call) {
  for (const std::string& flaw : call.client().flaws()) ADD_FAILURE() << flaw;
}

void expect_data_flows(VirtualCall& call) {
  const std::size_t before_in = call.to_network().size();
  const std::size_t before_out = call.client().received_ip().size();
  call.send_from_client(from_client(7));
  call.send_to_client(to_client(9));
  call.run_for(milliseconds(100));
  ASSERT_EQ(call.to_network().size(), before_in + 1);
  EXPECT_EQ(call.to_network().back(), from_client(7));
  ASSERT_EQ(call.client().received_ip().size(), before_out + 1);
  EXPECT_EQ(call.client().received_ip().back(), to_client(9));
}

TEST(Session, Windows10ConnectsWithoutWaiting) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  EXPECT_LT(call.elapsed(), milliseconds(300));
  expect_data_flows(call);
  expect_no_flaws(call);
  EXPECT_EQ(call.verifications(), 1U);
  EXPECT_EQ(call.event<Connected>().user, "bob");
  EXPECT_EQ(call.event<Connected>().assignment.client.to_string(), "10.0.0.2");
  EXPECT_EQ(call.event<LinkEstablished>().peer_mru, 1400);
  EXPECT_EQ(call.event<PeerIdentified>().text, "MSRASV5.20");
  EXPECT_EQ(call.drops().total(), 0U);
}

// It throws away what comes before its own first request, and says nothing else about itself.
TEST(Session, ConnectsWithoutWaitingEvenWhenNoLinkInfoComes) {
  VirtualCall call({.client = {.sends_link_info = false}});
  ASSERT_TRUE(call.connect());
  EXPECT_LT(call.elapsed(), milliseconds(300));
}

TEST(Session, ConnectsWithoutWaitingWhenTheClientIsSlowToStart) {
  for (int start : {0, 1, 9, 11, 50, 500, 2000}) {
    VirtualCall call({.client = {.engine_start = milliseconds(start)}});
    ASSERT_TRUE(call.connect()) << start;
    EXPECT_LT(call.elapsed(), milliseconds(start + 300)) << start;
  }
}

struct Client {
  const char* name;
  ClientProfile profile;
};

std::vector<Client> clients() {
  std::vector<Client> all;
  all.push_back({"Windows 7, require", {.ccp_options = from_hex("1206 01000040")}});
  all.push_back({"Windows XP", {.ccp_options = from_hex("1206 010000e1"), .asks_for_ipv6 = false}});
  all.push_back({"Windows 2000",
                 {.lcp_options = from_hex("0506 12345678 0702 0802 0d03 06 1104 064e 1317 01 "
                                          "0123456789abcdef0123456789abcdef00000001"),
                  .ccp_options = from_hex("1206 010000e1"),
                  .asks_for_ipv6 = false}});
  all.push_back({"Windows 98",
                 {.name = "OFFICE\\bob",
                  .lcp_options = from_hex("0206 000a0000 0506 12345678 0702 0802 0d03 06"),
                  .ccp_options = from_hex("1206 01000031 1105 000104"),
                  .ipcp_options = from_hex("0306 00000000 0206 002d0f01 8106 00000000"),
                  .asks_for_ipv6 = false}});
  all.push_back({"XP, optional", {.ccp_options = from_hex("1206 00000001")}});
  all.push_back({"no option at all", {.ccp_options = {}}});
  all.push_back({"pppd",
                 {.lcp_options = from_hex("0206 00000000 0506 12345678 0702 0802"),
                  .ccp_options = from_hex("1206 01000060"),
                  .ipcp_options = from_hex("0306 00000000 8106 00000000 8306 00000000"),
                  .asks_for_ipv6 = false,
                  .first_sequence = 1}});
  all.push_back({"bare", {.lcp_options = {}, .ipcp_options = {}, .asks_for_ipv6 = false}});
  all.push_back({"numbers about to wrap", {.first_sequence = 0xfffffffa}});
  return all;
}

TEST(Session, EveryKnownClientConnectsWithoutWaiting) {
  for (const Client& client : clients()) {
    SCOPED_TRACE(client.name);
    VirtualCall call({.client = client.profile});
    ASSERT_TRUE(call.connect());
    EXPECT_LT(call.elapsed(), milliseconds(400));
    expect_data_flows(call);
    expect_no_flaws(call);
  }
}

TEST(Session, TheClientGetsItsAddressAndDns) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  EXPECT_EQ(to_hex(call.client().ipcp_options()), "03060a00000281060a000035");
}

TEST(Session, Ipv6cpComesBackWholeInAProtocolReject) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  ASSERT_EQ(call.client().rejected_protocols().size(), 1U);
  const std::string rejected = to_hex(call.client().rejected_protocols()[0]);
  EXPECT_EQ(rejected.substr(0, 6), "805701");
  EXPECT_EQ(rejected.substr(8), "000e010a0123456789abcdef");
  EXPECT_EQ(call.event<ProtocolRejected>().protocol, ppp::Protocol::ipv6cp);
}

TEST(Session, ASlowVerdictDelaysAndBreaksNothing) {
  VirtualCall call({.verdict_delay = seconds(9)});
  ASSERT_TRUE(call.connect());
  EXPECT_LT(call.elapsed(), milliseconds(9400));
  EXPECT_EQ(call.verifications(), 1U);
  expect_no_flaws(call);
}

TEST(Session, ASlowAddressDelaysAndBreaksNothing) {
  VirtualCall call({.address_delay = milliseconds(1500)});
  ASSERT_TRUE(call.connect());
  // The request that came meanwhile was kept: no retransmission had to bring it again.
  EXPECT_LT(call.elapsed(), milliseconds(1800));
  expect_data_flows(call);
}

TEST(Session, TheLostSuccessIsSaidAgainAndCountsAsOneLogin) {
  unsigned successes = 0;
  VirtualCall call({});
  call.set_script([&](Way way, unsigned index) {
    const bool is_success = way == Way::to_client && index < call.frames_to_client().size() &&
                            to_hex(call.frames_to_client()[index]).find("533d") < 16;
    if (is_success && ++successes == 1) return std::vector<Duration>{};
    return std::vector<Duration>{Duration{}};
  });
  ASSERT_TRUE(call.connect());
  EXPECT_EQ(successes, 2U);
  EXPECT_EQ(call.verifications(), 1U);
  EXPECT_EQ(call.count<AuthenticationSucceeded>(), 1U);
  EXPECT_EQ(call.client().verdicts().size(), 1U);
}

TEST(Session, AResponseRepeatedAfterSuccessHearsTheSameAgain) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.client().repeat_response();
  call.drain();
  call.run_for(seconds(1));
  ASSERT_EQ(call.client().verdicts().size(), 2U);
  EXPECT_EQ(call.client().verdicts()[0], call.client().verdicts()[1]);
  EXPECT_EQ(call.verifications(), 1U);
  expect_data_flows(call);
}

TEST(Session, LargestPacketPassesAndALargerOneIsCounted) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.send_to_client(to_client(0, 1396));
  call.run_for(milliseconds(50));
  ASSERT_EQ(call.client().received_ip().size(), 1U);
  EXPECT_EQ(call.client().received_ip()[0].size(), 1396U);
  call.send_to_client(to_client(0, 1397));
  call.run_for(milliseconds(50));
  EXPECT_EQ(call.client().received_ip().size(), 1U);
  EXPECT_EQ(call.drops()[DropReason::exceeds_peer_mru], 1U);
}

TEST(Session, CountsWhatItCarries) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (int i = 0; i < 5; ++i) call.send_from_client(from_client(0, 100));
  call.run_for(milliseconds(100));
  for (int i = 0; i < 3; ++i) call.send_to_client(to_client(0, 200));
  const Statistics& statistics = call.session().statistics();
  EXPECT_EQ(statistics.packets_in, 5U);
  EXPECT_EQ(statistics.bytes_in, 500U);
  EXPECT_EQ(statistics.packets_out, 3U);
  EXPECT_EQ(statistics.bytes_out, 600U);
}

TEST(Session, DataGoesOnOverAWrappedCoherencyCount) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (int i = 0; i < 4200; ++i) {
    call.send_from_client(from_client(static_cast<std::uint8_t>(i)));
    call.send_to_client(to_client(static_cast<std::uint8_t>(i)));
    if (i % 64 == 0) call.run_for(milliseconds(20));
  }
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.to_network().size(), 4200U);
  EXPECT_EQ(call.client().received_ip().size(), 4200U);
  expect_no_flaws(call);
}

TEST(Session, ReorderedDataArrivesInOrderAndRepeatedDataOnce) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  const unsigned first = call.packets(Way::to_server);
  call.set_script([first](Way way, unsigned index) {
    if (way == Way::to_client) return std::vector<Duration>{Duration{}};
    // Every third packet 2 ms late, every fifth twice.
    const Duration extra = milliseconds((index - first) % 3 == 1 ? 2 : 0);
    if ((index - first) % 5 == 2) return std::vector<Duration>{extra, extra + milliseconds(1)};
    return std::vector<Duration>{extra};
  });
  for (int i = 0; i < 100; ++i) {
    call.at(milliseconds(i), [&call, i] { call.send_from_client(from_client(std::uint8_t(i))); });
  }
  call.run_for(seconds(1));
  ASSERT_EQ(call.to_network().size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(call.to_network()[i].back(), i);
  EXPECT_GE(call.drops()[DropReason::gre_duplicate], 20U);
}

TEST(Session, LostDataCostsOnlyItself) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  const unsigned first = call.packets(Way::to_server);
  call.set_script([first](Way way, unsigned index) {
    const bool lost = way == Way::to_server && (index - first) % 10 == 3;
    return lost ? std::vector<Duration>{} : std::vector<Duration>{Duration{}};
  });
  for (int i = 0; i < 100; ++i) {
    call.at(milliseconds(5 * i), [&call] { call.send_from_client(from_client()); });
  }
  call.run_for(seconds(2));
  EXPECT_EQ(call.to_network().size(), 90U);
}

TEST(Session, EchoesAreAskedOnlyOfASilentClient) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (int i = 1; i < 30; ++i) {
    call.at(seconds(10 * i), [&call] { call.send_from_client(from_client()); });
  }
  call.run_for(seconds(290));
  EXPECT_EQ(call.client().echo_requests(), 0U);
  call.run_for(seconds(300));
  EXPECT_GE(call.client().echo_requests(), 8U);
  EXPECT_FALSE(call.finished());
  expect_data_flows(call);
}

}  // namespace
}  // namespace upptpd::session
