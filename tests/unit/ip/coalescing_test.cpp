#include "ip/coalescing.hpp"

#include "unit/ip/coalesced_batch.hpp"

namespace upptpd::ip {
namespace {

/// Several trains, one packet of each at a time.
Batch mixed(const std::vector<Batch>& trains) {
  Batch mixed;
  for (std::size_t i = 0; i < trains[0].size(); ++i) {
    for (const Batch& each : trains) mixed.push_back(each[i]);
  }
  return mixed;
}

TestPacket from_port(std::size_t port) {
  TestPacket packet = tcp_packet();
  packet.source_port = static_cast<std::uint16_t>(port);
  return packet;
}

TEST_F(Coalescing, ManyFlowsAreJoinedAtATimeAndTheOldestGoesFirst) {
  constexpr std::size_t kFlows = Coalescer::kOpenRuns;
  std::vector<Batch> trains;
  for (std::size_t port = 0; port < kFlows; ++port) trains.push_back(train(from_port(port), 4));
  Batch sorted;
  for (const Batch& each : trains) sorted = sorted + each;
  const auto writes = run(mixed(trains));
  EXPECT_EQ(writes.size(), kFlows);
  EXPECT_EQ(cut_all(writes), sorted);

  const Batch one_more = train(from_port(kFlows), 1);
  const Batch again = train(from_port(0).next().next().next().next(), 1);
  Sizes expected(kFlows, 4);
  expected.insert(expected.end(), {1, 1});
  EXPECT_EQ(sizes(mixed(trains) + one_more + again), expected);
  EXPECT_EQ(cut_all(run(mixed(trains) + one_more + again)), sorted + one_more + again);
}

TEST_F(Coalescing, WhatCannotJoinGoesBehindItsFlowAndBeforeOthers) {
  TestPacket one = from_port(1);
  const TestPacket two = from_port(2);
  const Batch begin = mixed({train(one, 2), train(two, 2)});
  one = one.next().next();
  one.payload.clear();
  const Batch batch = begin + train(one, 1);
  EXPECT_EQ(cut_all(run(batch)), train(from_port(1), 2) + train(one, 1) + train(two, 2));
}

TEST_F(Coalescing, WhatDoesNotTellItsFlowGoesBehindEveryFlowBetweenItsAddresses) {
  TestPacket fragment = udp_packet();
  fragment.fragment = 0x2000;
  TestPacket with_option = udp_packet();
  with_option.ip_options = from_hex("94040000");
  for (const TestPacket& odd : {fragment, with_option}) {
    TestPacket from_other = from_port(3);
    from_other.source = Ipv4Address(0x0a000003);
    TestPacket to_other = from_port(3);
    to_other.destination = Ipv4Address(0xc0000202);
    const Batch one = train(from_port(1), 2);
    const Batch two = train(udp_packet(), 2);
    const Batch three = train(from_other, 2);
    const Batch four = train(to_other, 2);
    const Batch batch = mixed({three, four, one, two}) + train(odd, 1);
    EXPECT_EQ(cut_all(run(batch)), one + two + train(odd, 1) + three + four);
  }
}

// Else the ninth flow would send away the first.
TEST_F(Coalescing, ACompleteRunMakesRoomForAnother) {
  for (const std::size_t length : {1U, 2U}) {
    std::vector<Batch> trains;
    for (std::size_t port = 0; port < 8; ++port) trains.push_back(train(from_port(port), length));
    Batch batch = mixed(trains);
    TestPacket complete = from_port(4);
    if (length == 2) complete = complete.next();
    complete.flags |= tcp::kPsh;
    batch[8 * (length - 1) + 4] = complete.octets();
    TestPacket first = from_port(0).next();
    if (length == 2) first = first.next();
    const auto writes = run(batch + train(from_port(8), 1) + train(first, 1));
    EXPECT_EQ(writes.size(), 9U);
    EXPECT_EQ(writes[0].packets, length);
    EXPECT_EQ(writes[1].packets, length + 1);
  }
}

TEST_F(Coalescing, CountsPacketsAndWrites) {
  run(train(tcp_packet(), 10));
  run({});
  run(train(udp_packet(), 5) + train(tcp_packet(0), 2));
  EXPECT_EQ(coalescer_.counters().packets, 17U);
  EXPECT_EQ(coalescer_.counters().writes, 4U);
}

// Flows that begin anew at random, with what a run ends on now and then.
TEST_F(Coalescing, WhatComesOutIsWhatWentInOfEveryFlow) {
  std::mt19937 dice(1723);
  for (int round = 0; round < 300; ++round) {
    std::vector<TestPacket> flows;
    for (std::size_t port = 0; port < 1 + dice() % 12; ++port) {
      flows.push_back(from_port(port));
      if (dice() % 2 != 0) flows.back().protocol = Ipv4Packet::kUdp;
      flows.back().payload = pattern(1 + dice() % 1300);
    }
    std::vector<Batch> sent(flows.size());
    Batch batch;
    for (std::size_t i = 0; i < kMostPackets; ++i) {
      const std::size_t flow = dice() % flows.size();
      TestPacket& packet = flows[flow];
      if (dice() % 16 == 0) packet.flags ^= tcp::kPsh;
      if (dice() % 16 == 0) packet.payload.resize(dice() % 1300);
      if (dice() % 32 == 0) packet.sequence += static_cast<std::uint32_t>(dice() % 2000);
      if (dice() % 32 == 0) packet.identification += 7;
      batch.push_back(packet.octets());
      if (dice() % 32 == 0) batch.back().back() ^= 1;
      sent[flow].push_back(batch.back());
      packet = packet.next();
    }
    std::vector<Batch> received(flows.size());
    for (Bytes& packet : cut_all(run(batch))) {
      received.at(u16_at(packet, 20)).push_back(std::move(packet));
    }
    ASSERT_EQ(received, sent) << round;
  }
}

}  // namespace
}  // namespace upptpd::ip
