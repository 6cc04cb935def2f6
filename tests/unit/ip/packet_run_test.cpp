#include "ip/packet_run.hpp"

#include <functional>

#include "unit/ip/coalesced_batch.hpp"

namespace upptpd::ip {
namespace {

class PacketRunTest : public Coalescing {};

using Change = std::function<void(TestPacket&)>;

/// Two that may be one but for `change` to the second.
Batch pair(const TestPacket& first, const Change& change) {
  TestPacket second = first.next();
  change(second);
  return {first.octets(), second.octets()};
}

/// And but for `change` to both.
Batch both(TestPacket first, const Change& change) {
  change(first);
  return train(first, 2);
}

TEST_F(PacketRunTest, JoinsSegmentsOfAStream) {
  const auto writes = run(train(tcp_packet(), 3));
  ASSERT_EQ(writes.size(), 1U);
  ASSERT_EQ(writes[0].parts.size(), 4U);
  const View head = writes[0].parts[0];
  EXPECT_EQ(VirtioNetHeader::parse(head), (VirtioNetHeader{.flags = 1,
                                                           .gso_type = 1,
                                                           .headers_size = 52,
                                                           .gso_size = 100,
                                                           .checksum_start = 20,
                                                           .checksum_offset = 16}));
  const View headers = head.subspan(VirtioNetHeader::kSize);
  EXPECT_EQ(headers.size(), 52U);
  EXPECT_EQ(u16_at(headers, ipv4::kTotalLength), 352);
  EXPECT_EQ(internet_checksum(headers.first(20)), 0);
  EXPECT_EQ(u16_at(headers, 20 + 16),
            pseudo_header_sum(Ipv4Address(0x0a000002), Ipv4Address(0xc0000201), 6, 332));
}

TEST_F(PacketRunTest, JoinsDatagramsOfAFlow) {
  const auto writes = run(train(udp_packet(), 3));
  ASSERT_EQ(writes.size(), 1U);
  const View head = writes[0].parts[0];
  EXPECT_EQ(VirtioNetHeader::parse(head), (VirtioNetHeader{.flags = 1,
                                                           .gso_type = 5,
                                                           .headers_size = 28,
                                                           .gso_size = 100,
                                                           .checksum_start = 20,
                                                           .checksum_offset = 6}));
  const View datagram = head.subspan(VirtioNetHeader::kSize + 20);
  EXPECT_EQ(u16_at(datagram, udp::kLength), 308);
  EXPECT_EQ(u16_at(datagram, udp::kChecksum),
            pseudo_header_sum(Ipv4Address(0x0a000002), Ipv4Address(0xc0000201), 17, 308));
}

TEST_F(PacketRunTest, PayloadsAreNotCopied) {
  const auto writes = run(train(tcp_packet(), 2) + train(udp_packet(), 1));
  EXPECT_EQ(writes[0].parts[1].data(), packets_[0]->view().data() + 52);
  EXPECT_EQ(writes[0].parts[2].data(), packets_[1]->view().data() + 52);
  EXPECT_EQ(writes[1].parts[1].data(), packets_[2]->view().data());
}

TEST_F(PacketRunTest, PacketsOfEverySizeComeBackWhenCut) {
  for (std::size_t size = 1; size <= 1400 - 52; ++size) {
    expect_joined(train(tcp_packet(size), 3));
    expect_joined(train(udp_packet(size), 3));
  }
}

TEST_F(PacketRunTest, OnlyTheLastMayBeShorter) {
  for (const TestPacket& first : {tcp_packet(), udp_packet()}) {
    const Batch shorter = pair(first, [](TestPacket& second) { second.payload.pop_back(); });
    expect_joined(shorter);
    TestPacket third = first.next();
    third.payload.pop_back();
    third = third.next();
    third.identification = static_cast<std::uint16_t>(first.identification + 2);
    EXPECT_EQ(sizes(shorter + train(third, 2)), (Sizes{2, 2}));
    expect_alone(pair(first, [](TestPacket& second) { second.payload.push_back(0); }));
  }
}

TEST_F(PacketRunTest, WhatDiffersDoesNotJoin) {
  for (const TestPacket& first : {tcp_packet(), udp_packet()}) {
    const Change changes[] = {
        [](TestPacket& second) { second.source = Ipv4Address(0x0a000003); },
        [](TestPacket& second) { second.destination = Ipv4Address(0xc0000202); },
        [](TestPacket& second) { ++second.source_port; },
        [](TestPacket& second) { ++second.destination_port; },
        [](TestPacket& second) { second.type_of_service = 0x10; },
        [](TestPacket& second) { second.type_of_service = 3; },  // congestion experienced
        [](TestPacket& second) { --second.time_to_live; },
        [](TestPacket& second) { second.fragment = 0; },
        [](TestPacket& second) { second.fragment |= 0x8000; },
        [](TestPacket& second) { second.identification += 1; },
        [](TestPacket& second) { second.identification -= 2; },
        [](TestPacket& second) { second.payload.clear(); },
    };
    for (const Change& change : changes) expect_alone(pair(first, change));
  }
}

TEST_F(PacketRunTest, WhatDiffersInTheTcpHeaderDoesNotJoin) {
  const Change changes[] = {
      [](TestPacket& second) { ++second.sequence; },
      [](TestPacket& second) { second.sequence -= 100; },  // sent again
      [](TestPacket& second) { ++second.acknowledgment; },
      [](TestPacket& second) { --second.window; },
      [](TestPacket& second) { second.urgent = 1; },
      [](TestPacket& second) { second.reserved = 1; },
      [](TestPacket& second) { ++second.tcp_options.back(); },
      [](TestPacket& second) { second.tcp_options.clear(); },
      [](TestPacket& second) {
        second.tcp_options = from_hex(
            "01010101"
            "0101080a 00001111 00002222");
      },
  };
  for (const Change& change : changes) expect_alone(pair(tcp_packet(), change));
}

TEST_F(PacketRunTest, OnlyAckAndPshAndASteadyEceAreInARun) {
  for (int flags = 0; flags <= 0xff; ++flags) {
    const auto set = [&](TestPacket& packet) { packet.flags = static_cast<std::uint8_t>(flags); };
    const bool ends = flags == (tcp::kAck | tcp::kPsh);
    const bool plain = flags == tcp::kAck;
    const Batch changed = pair(tcp_packet(), set);
    plain || ends ? expect_joined(changed) : expect_alone(changed);
    const Batch all = both(tcp_packet(), set);
    plain || flags == (tcp::kAck | tcp::kEce) ? expect_joined(all) : expect_alone(all);
  }
}

TEST_F(PacketRunTest, PshEndsARun) {
  Batch batch = train(tcp_packet(), 2);
  TestPacket third = tcp_packet().next().next();
  third.flags |= tcp::kPsh;
  TestPacket fourth = third.next();
  fourth.flags = tcp::kAck;
  batch = batch + train(third, 1) + train(fourth, 2);
  EXPECT_EQ(sizes(batch), (Sizes{3, 2}));
  EXPECT_EQ(cut_all(run(batch)), batch);
}

TEST(PacketRun, TakesNothingWhenComplete) {
  TestPacket packet = tcp_packet();
  packet.flags |= tcp::kPsh;
  const Bytes first = packet.octets();
  packet = packet.next();
  packet.flags = tcp::kAck;
  const Bytes second = packet.octets();
  PacketRun run;
  run.begin(*FlowPacket::read(first, *Ipv4Packet::parse(first)));
  EXPECT_TRUE(run.complete());
  EXPECT_FALSE(run.takes(*FlowPacket::read(second, *Ipv4Packet::parse(second))));
}

TEST_F(PacketRunTest, ReservedBitsKeepOut) {
  for (std::uint8_t bit = 1; bit < 16; bit *= 2) {
    expect_alone(both(tcp_packet(), [&](TestPacket& packet) { packet.reserved = bit; }));
  }
  for (const TestPacket& first : {tcp_packet(), udp_packet()}) {
    expect_alone(both(first, [](TestPacket& packet) { packet.fragment = 0xc000; }));
  }
}

TEST_F(PacketRunTest, IdentificationsAreCountedUp) {
  for (TestPacket first : {tcp_packet(), udp_packet()}) {
    first.identification = 0xffff;
    expect_joined(train(first, 3));
    first.fragment = 0;
    expect_joined(train(first, 3));
  }
}

// RFC 6864 section 4.1: it means nothing where DF is set; cutting counts it up.
TEST_F(PacketRunTest, OrAreTheSameInAllWhereTheyMeanNothing) {
  for (const TestPacket& first : {tcp_packet(), udp_packet()}) {
    const auto with = [&](std::uint16_t fragment, const std::vector<std::uint16_t>& steps) {
      Batch batch;
      TestPacket packet = first;
      packet.fragment = fragment;
      for (const std::uint16_t step : steps) {
        TestPacket sent = packet;
        sent.identification = static_cast<std::uint16_t>(1000 + step);
        batch.push_back(sent.octets());
        packet = packet.next();
      }
      return sizes(batch);
    };
    EXPECT_EQ(with(0x4000, {0, 0, 0}), (Sizes{3}));
    EXPECT_EQ(with(0x4000, {0, 0, 1}), (Sizes{2, 1}));
    EXPECT_EQ(with(0x4000, {0, 0, 2}), (Sizes{2, 1}));
    EXPECT_EQ(with(0x4000, {0, 1, 0}), (Sizes{2, 1}));
    EXPECT_EQ(with(0x4000, {0, 1, 1}), (Sizes{2, 1}));
    EXPECT_EQ(with(0x0000, {0, 0, 0}), (Sizes{1, 1, 1}));
  }
}

TEST_F(PacketRunTest, AWrongChecksumGoesAloneAsItCame) {
  for (const TestPacket& first : {tcp_packet(), udp_packet()}) {
    const std::size_t checksum = 20 + checksum_offset(first.protocol);
    for (const std::size_t place : {ipv4::kChecksum, checksum, std::size_t{90}}) {
      for (const std::size_t wrong : {0U, 1U, 2U}) {
        Batch batch = train(first, 3);
        batch[wrong][place] ^= 0x55;
        const auto writes = run(batch);
        EXPECT_EQ(cut_all(writes), batch);
        const Sizes alone[] = {{1, 2}, {1, 1, 1}, {2, 1}};
        EXPECT_EQ(sizes(batch), alone[wrong]);
      }
    }
  }
}

TEST_F(PacketRunTest, DatagramsWithoutAChecksumDoNotJoin) {
  Batch batch = train(udp_packet(), 2);
  for (Bytes& packet : batch) set_u16(packet, 20 + udp::kChecksum, 0);
  expect_alone(batch);
}

// Whose zero would pass for a right one.
TEST_F(PacketRunTest, NorDoThoseThatWouldHaveTheChecksumZero) {
  TestPacket packet = udp_packet(2);
  packet.payload = payload_for_checksum_zero(packet);
  const Batch right = {packet.octets(), packet.octets()};
  EXPECT_EQ(sizes(right), Sizes{2});  // of one identification, which means nothing
  Batch batch = right;
  for (Bytes& octets : batch) set_u16(octets, 20 + udp::kChecksum, 0);
  expect_alone(batch);
}

TEST_F(PacketRunTest, DatagramsOfAnotherLengthThanTheirPacketDoNotJoin) {
  for (const std::uint16_t length : std::vector<std::uint16_t>{107, 109, 8, 0, 0xffff}) {
    Batch batch = train(udp_packet(), 2);
    for (Bytes& packet : batch) {
      set_u16(packet, 20 + udp::kLength, length);
      write_checksums(packet);
    }
    expect_alone(batch);
  }
}

TEST_F(PacketRunTest, DatagramsStayAloneForAnOldKernel) {
  EXPECT_EQ(sizes(train(udp_packet(), 3), false), (Sizes{1, 1, 1}));
  EXPECT_EQ(sizes(train(tcp_packet(), 3), false), (Sizes{3}));
}

TEST_F(PacketRunTest, AcknowledgmentsAloneDoNotJoin) {
  expect_alone(both(tcp_packet(0), [](TestPacket&) {}));
  expect_alone(both(udp_packet(0), [](TestPacket&) {}));
}

TEST_F(PacketRunTest, NothingElseJoins) {
  for (const TestPacket& first : {tcp_packet(), udp_packet()}) {
    expect_alone(both(first, [](TestPacket& packet) { packet.ip_options = from_hex("94040000"); }));
    expect_alone(both(first, [](TestPacket& packet) { packet.fragment = 0x2000; }));
    expect_alone(both(first, [](TestPacket& packet) { packet.fragment = 0x0001; }));
    for (const std::uint8_t protocol : Bytes{1, 47, 50, 132, 136}) {
      Batch batch = train(first, 2);
      for (Bytes& packet : batch) {
        packet[9] = protocol;
        set_u16(packet, ipv4::kChecksum, 0);
        set_u16(packet, ipv4::kChecksum, internet_checksum(View(packet).first(20)));
      }
      expect_alone(batch);
    }
    Batch padded = train(first, 2);
    for (Bytes& packet : padded) packet.push_back(0);
    expect_alone(padded);
  }
}

TEST_F(PacketRunTest, WhatIsNoPacketGoesAsItCame) {
  for (const Bytes& octets : {Bytes{}, from_hex("45"), from_hex("60000000 00003aff"), Bytes(100)}) {
    expect_alone({octets, octets});
  }
  for (const TestPacket& first : {tcp_packet(30), udp_packet(30)}) {
    const Bytes whole = first.octets();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      expect_alone({cut, cut});
      if (size < 20) continue;
      set_u16(cut, ipv4::kTotalLength, static_cast<std::uint16_t>(size));
      expect_alone({cut, cut});
    }
  }
}

TEST_F(PacketRunTest, ARunIsAtMost65535OctetsLong) {
  // 47 of 1393 and the headers are 65523 octets.
  TestPacket first = tcp_packet(1393);
  EXPECT_EQ(sizes(train(first, 48)), (Sizes{47, 1}));
  Batch batch = train(first, 47);
  for (int i = 0; i < 47; ++i) first = first.next();
  for (const std::size_t size : {12U, 13U}) {
    first.payload.resize(size);
    EXPECT_EQ(sizes(batch + train(first, 1)), size == 12 ? Sizes{48} : (Sizes{47, 1}));
  }
}

TEST_F(PacketRunTest, ARunIsAtMost64PacketsLong) {
  EXPECT_EQ(sizes(train(tcp_packet(), 130)), (Sizes{64, 64, 2}));
  EXPECT_EQ(sizes(train(udp_packet(), 130)), (Sizes{64, 64, 2}));
  EXPECT_EQ(run(train(udp_packet(), 64))[0].parts.size(), Coalescer::kMostParts);
}

}  // namespace
}  // namespace upptpd::ip
