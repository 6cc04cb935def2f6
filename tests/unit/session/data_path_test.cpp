#include "session/data_path.hpp"

#include <gtest/gtest.h>

#include "core/writer.hpp"

namespace upptpd::session {
namespace {

constexpr Ipv4Address kClient(0x0a000002);

class DataPathTest : public testing::Test {
 protected:
  DataPathTest() {
    encrypt({});
    for (DataPath* end : {&server_, &client_}) {
      end->network_up({ip::SourceFilter(kClient), 1500, {true, true}});
    }
  }

  void encrypt(mppe::Mode mode, std::uint8_t of_client = 1) {
    const auto keys = [](std::uint8_t mark, mppe::Role role) {
      return mppe::start_keys(Secret<16>(std::array<std::uint8_t, 16>{mark, 2, 3}), role);
    };
    server_.encryption_up(keys(1, mppe::Role::server), mode, mode);
    client_.encryption_up(keys(of_client, mppe::Role::client), mode, mode);
  }

  /// An IP packet as the client sends it.
  Packet sent() {
    Packet packet = pool_.take();
    Bytes contents(20);
    Writer writer(contents);
    writer.u16(0x4500);
    writer.u16(20);
    writer.zeros(8);
    writer.u32(kClient.value());
    writer.u32(0x0a000001);
    check(packet->assign(contents) && client_.send(*packet, statistics_));
    return packet;
  }

  bool received(const Packet& packet) {
    const auto header = ppp::parse_frame_header(packet->view());
    packet->pop_front(header->size);
    return server_.receive(*packet, header->protocol, statistics_);
  }

  crypto::Library library_ = crypto::Library::load().value();
  DataPath server_{library_};
  DataPath client_{library_};
  PacketPool pool_{2};
  Statistics statistics_;
};

TEST_F(DataPathTest, NoticesKeysThatAreApart) {
  EXPECT_TRUE(received(sent()));
  // The coherency count has 12 bits: after so many lost packets it looks as if none were.
  for (int lost = 0; lost < 0x1000; ++lost) sent();
  int packets = 0;
  while (!server_.keys_are_apart() && packets < 1000) {
    EXPECT_FALSE(received(sent()));
    ++packets;
  }
  EXPECT_LT(packets, 100);
}

TEST_F(DataPathTest, NoticesKeysThatAreApartOverLossAndFlushes) {
  constexpr std::uint8_t kAnotherKey = 7;
  encrypt({mppe::Strength::bits128, false}, kAnotherKey);
  int packets = 0;
  for (; !server_.keys_are_apart() && packets < 1000; ++packets) {
    if (packets % 10 == 8) sent();
    if (packets % 10 == 9) client_.flush();
    EXPECT_FALSE(received(sent()));
  }
  EXPECT_LT(packets, 100);
  EXPECT_GT(statistics_.drops[DropReason::mppe_lost], 0U);
}

TEST_F(DataPathTest, WhatIsDiscardedUntilAFlushIsNoNoise) {
  encrypt({mppe::Strength::bits128, false});
  EXPECT_TRUE(received(sent()));
  sent();
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(received(sent()));
  EXPECT_TRUE(server_.awaits_flush());
  EXPECT_FALSE(server_.keys_are_apart());
  client_.flush();
  EXPECT_TRUE(received(sent()));
}

TEST_F(DataPathTest, NoticesAGapThatWillNotBePaidFor) {
  for (int outage = 0; outage < 3; ++outage) {
    EXPECT_TRUE(received(sent()) || outage == 2);
    for (int lost = 0; lost < 3'000; ++lost) sent();
  }
  int packets = 0;
  for (; !server_.keys_are_apart() && packets < 1000; ++packets) EXPECT_FALSE(received(sent()));
  EXPECT_LT(packets, 100);
}

TEST_F(DataPathTest, SomeNoiseIsNoReasonToGiveUp) {
  for (int i = 0; i < 500; ++i) {
    const Packet spoiled = sent();
    spoiled->view()[3] ^= 0xff;
    spoiled->view()[4] ^= 0xff;
    received(spoiled);
    EXPECT_TRUE(received(sent()));
  }
  EXPECT_FALSE(server_.keys_are_apart());
}

TEST_F(DataPathTest, SendsNothingThatThePeerCannotTake) {
  client_.network_up({ip::SourceFilter(kClient), 1400});
  Packet packet = pool_.take();
  for (const auto& [size, fits] : {std::pair{1396U, true}, std::pair{1397U, false}}) {
    ASSERT_TRUE(packet->assign(Bytes(size)));
    EXPECT_EQ(client_.send(*packet, statistics_), fits) << size;
  }
  EXPECT_EQ(statistics_.drops[DropReason::exceeds_peer_mru], 1U);
}

TEST_F(DataPathTest, TellsTheFirstPacketThatIsRefusedForEachReason) {
  server_.network_up({ip::SourceFilter(Ipv4Address(0x0a000063)), 1500, {true, true}});
  EXPECT_FALSE(received(sent()));
  const auto refusal = server_.take_refusal();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, DropReason::ip_source);
  EXPECT_EQ(refusal->source, kClient);
  EXPECT_EQ(refusal->destination, Ipv4Address(0x0a000001));
  EXPECT_FALSE(received(sent()));
  EXPECT_FALSE(server_.take_refusal());
  server_.refuse({DropReason::client_to_client, kClient, kClient}, statistics_);
  EXPECT_TRUE(server_.take_refusal());
  EXPECT_EQ(statistics_.drops[DropReason::ip_source], 2U);
  EXPECT_EQ(statistics_.drops[DropReason::client_to_client], 1U);
}

TEST_F(DataPathTest, LetsPacketsPassToWhereTheUserMayGo) {
  DataPath::Network network{ip::SourceFilter(kClient), 1500, {true, true}};
  network.destination_filter = ip::DestinationFilter({*Ipv4Network::parse("10.0.0.1")});
  server_.network_up(network);
  EXPECT_TRUE(received(sent()));
  network.destination_filter = ip::DestinationFilter({*Ipv4Network::parse("10.0.0.9")});
  server_.network_up(network);
  EXPECT_FALSE(received(sent()));
  EXPECT_EQ(statistics_.drops[DropReason::ip_destination], 1U);
}

}  // namespace
}  // namespace upptpd::session
