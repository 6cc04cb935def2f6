// What a session does for its client's network once traffic flows, beside carrying packets.
#include <gtest/gtest.h>

#include "ip/checksum.hpp"
#include "ip/header_layout.hpp"
#include "unit/ip/dhcp_request.hpp"
#include "unit/session/virtual_call.hpp"

namespace upptpd::session {
namespace {

using std::chrono::milliseconds;

std::shared_ptr<const ip::DhcpSettings> dhcp_settings() {
  auto told = std::make_shared<ip::DhcpSettings>();
  told->server = ip::kServer;
  told->dns = {Ipv4Address(0x0a000035)};
  told->routes = {{Ipv4Address(0xc0a80000), 16}};
  return told;
}

/// The first packet of a TCP connection that offers segments of 1460 octets.
Bytes syn(const char* source, const char* destination) {
  Bytes packet = ip_packet(source, destination, 44);
  packet[9] = ip::Ipv4Packet::kTcp;
  const Bytes tcp = from_hex("0400 0050 00000001 00000000 6002 2000 0000 0000 020405b4");
  std::ranges::copy(tcp, packet.begin() + 20);
  return packet;
}

unsigned segment_size(View packet) { return Reader(packet.subspan(42)).u16(); }

TEST(SessionNetwork, TellsAClientWhatItAsksForByDhcp) {
  VirtualCall call({.dhcp = dhcp_settings()});
  ASSERT_TRUE(call.connect());
  for (int times = 0; times < 2; ++times) {
    call.send_from_client(ip::windows_10().packet());
    call.run_for(milliseconds(100));
  }
  ASSERT_EQ(call.client().received_ip().size(), 2U);
  const auto answer = ip::Ipv4Packet::parse(call.client().received_ip()[0]);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->source, ip::kServer);
  EXPECT_EQ(call.count<SettingsTold>(), 1U) << "each would be a line in the log";
  EXPECT_EQ(call.event<SettingsTold>().routes, 1U);
  EXPECT_TRUE(call.to_network().empty());
}

TEST(SessionNetwork, DropsWhatElseAClientSaysByDhcp) {
  VirtualCall call({.dhcp = dhcp_settings()});
  ASSERT_TRUE(call.connect());
  ip::DhcpRequest discover;
  discover.options = "350101 ff";
  call.send_from_client(discover.packet());
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.drops()[DropReason::dhcp_refused], 1U);
  EXPECT_TRUE(call.client().received_ip().empty());
  EXPECT_TRUE(call.to_network().empty());
}

TEST(SessionNetwork, LetsDhcpPassWhereNobodyAnswersIt) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  call.send_from_client(ip::windows_10().packet());
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.to_network().size(), 1U);
}

TEST(SessionNetwork, KeepsSegmentsSmallInBothDirections) {
  VirtualCall call({.mss_clamp = true});
  ASSERT_TRUE(call.connect());
  call.send_from_client(syn("10.0.0.2", "192.0.2.1"));
  call.send_to_client(syn("192.0.2.1", "10.0.0.2"));
  call.run_for(milliseconds(100));
  ASSERT_EQ(call.to_network().size(), 1U);
  ASSERT_EQ(call.client().received_ip().size(), 1U);
  // The client takes 1400 octets: less 4 for the encryption and 40 for the headers.
  EXPECT_EQ(segment_size(call.to_network()[0]), 1356U);
  EXPECT_EQ(segment_size(call.client().received_ip()[0]), 1356U);
}

TEST(SessionNetwork, WhatIsNoIpPacketIsSentAsItIs) {
  VirtualCall call({.mss_clamp = true});
  ASSERT_TRUE(call.connect());
  call.send_to_client(from_hex("60000000"));
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.client().received_ip(), std::vector<Bytes>{from_hex("60000000")});
}

TEST(SessionNetwork, APacketDoesNotTurnBackToTheClientsOwnNetworks) {
  ClientNetworks networks;
  networks.behind = {{Ipv4Address(0x0a050000), 16}};  // 10.5.0.0
  VirtualCall call({.networks = networks});
  ASSERT_TRUE(call.connect());
  for (const char* destination : {"10.0.0.2", "10.5.1.1"}) {
    call.send_from_client(ip_packet("10.0.0.2", destination));
  }
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.drops()[DropReason::ip_destination], 2U);
  EXPECT_EQ(call.count<PacketRefused>(), 1U);
}

// Windows does so all the time, and each would be a line in the log.
TEST(SessionNetwork, ABroadcastThatMayNotPassIsNoEvent) {
  ClientNetworks networks;
  networks.allowed = {{Ipv4Address(0xc0a80000), 16}};
  VirtualCall call({.networks = networks});
  ASSERT_TRUE(call.connect());
  call.send_from_client(ip_packet("10.0.0.2", "255.255.255.255"));
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.drops()[DropReason::ip_destination], 1U);
  EXPECT_EQ(call.count<PacketRefused>(), 0U);
}

TEST(SessionNetwork, WhatItsOwnerRefusesIsToldOnce) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (int times = 0; times < 2; ++times) {
    call.session().refuse({DropReason::ip_destination, ip::kClient, ip::kOther});
    call.drain();
  }
  EXPECT_EQ(call.drops()[DropReason::ip_destination], 2U);
  ASSERT_EQ(call.count<PacketRefused>(), 1U);
  EXPECT_EQ(call.event<PacketRefused>().destination, ip::kOther);
}

TEST(SessionNetwork, CarriesPacketsThatAreDecryptedTogether) {
  VirtualCall call({.cipher_batches = true});
  ASSERT_TRUE(call.connect());
  for (std::uint8_t mark = 0; mark < 20; ++mark) {
    call.send_from_client(ip_packet("10.0.0.2", "192.0.2.1", 100, mark));
    call.send_to_client(ip_packet("192.0.2.1", "10.0.0.2", 100, mark));
  }
  call.run_for(milliseconds(100));
  ASSERT_EQ(call.to_network().size(), 20U);
  ASSERT_EQ(call.client().received_ip().size(), 20U);
  for (std::uint8_t mark = 0; mark < 20; ++mark) {
    EXPECT_EQ(call.to_network()[mark], ip_packet("10.0.0.2", "192.0.2.1", 100, mark));
    EXPECT_EQ(call.client().received_ip()[mark], ip_packet("192.0.2.1", "10.0.0.2", 100, mark));
  }
}

// Between its decryption and its turn the call may have ended.
TEST(SessionNetwork, WhatWasWaitingToBeDecryptedWhenTheCallEndedGoesNowhere) {
  VirtualCall call({.cipher_batches = true});
  ASSERT_TRUE(call.connect());
  call.at(milliseconds(10),
          [&call] { call.session().call_cleared(Cause::peer_hung_up, call.now()); });
  call.send_from_client(ip_packet("10.0.0.2", "192.0.2.1"));
  call.run_for(milliseconds(100));
  EXPECT_TRUE(call.finished());
}

}  // namespace
}  // namespace upptpd::session
