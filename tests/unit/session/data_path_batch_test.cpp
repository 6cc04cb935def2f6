// The batched data path does what the simple one does, packet by packet.
#include <gtest/gtest.h>

#include <random>

#include "core/writer.hpp"
#include "session/data_path.hpp"

namespace upptpd::session {
namespace {

constexpr Ipv4Address kClient(0x0a000002);
constexpr std::size_t kPackets = 2000;

/// A server's end with what becomes of each packet that it receives.
struct Receiver {
  explicit Receiver(const crypto::Library& library, CipherBatches* batches)
      : path(library, batches), batch(batches) {
    path.encryption_up(mppe::start_keys(Secret<16>(), mppe::Role::server), {}, {});
    path.network_up({ip::SourceFilter(kClient), 1500, {true, true}});
  }

  void receive(View frame) {
    Packet packet = pool.take();
    check(packet->assign(frame));
    const auto header = ppp::parse_frame_header(packet->view());
    packet->pop_front(header->size);
    if (path.open(*packet, header->protocol, statistics) == DataPath::Opened::dropped) {
      arrived.emplace_back();
      return;
    }
    waiting.push_back(std::move(packet));
    arrived.emplace_back();
    places.push_back(arrived.size() - 1);
    if (batch == nullptr || batch->receive.full()) finish();
  }

  void finish() {
    if (batch != nullptr) batch->receive.run();
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (!path.arrive(*waiting[i], ppp::Protocol::compressed, statistics)) continue;
      arrived[places[i]].assign(waiting[i]->view().begin(), waiting[i]->view().end());
    }
    waiting.clear();
    places.clear();
  }

  DataPath path;
  CipherBatches* batch;
  PacketPool pool{300};
  Statistics statistics;
  PacketBatch waiting;
  std::vector<std::size_t> places;
  /// Empty for what did not arrive.
  std::vector<Bytes> arrived;
};

class DataPathBatchTest : public testing::Test {
 protected:
  Bytes ip_packet() {
    Bytes packet(20 + dice_() % 1376);
    for (std::uint8_t& octet : packet) octet = static_cast<std::uint8_t>(dice_());
    Writer writer(packet);
    writer.u16(0x4500);
    writer.u16(static_cast<std::uint16_t>(packet.size()));
    writer.zeros(8);
    writer.u32(dice_() % 20 == 0 ? 0x01020304 : kClient.value());
    writer.u32(0x0a000001);
    return packet;
  }

  /// What an end sends for these packets, through its batch if it has one.
  std::vector<Bytes> sent(const std::vector<Bytes>& packets, CipherBatches* batches) {
    DataPath client(library_, batches);
    client.encryption_up(mppe::start_keys(Secret<16>(), mppe::Role::client), {}, {});
    client.network_up({{}, 1500, {true, true}});
    PacketPool pool(packets.size());
    PacketBatch buffers;
    Statistics statistics;
    for (const Bytes& contents : packets) {
      Packet& packet = buffers.emplace_back(pool.take());
      check(packet->assign(contents) && client.send(*packet, statistics));
    }
    if (batches != nullptr) batches->send.run();
    std::vector<Bytes> frames;
    for (const Packet& packet : buffers) {
      frames.emplace_back(packet->view().begin(), packet->view().end());
    }
    return frames;
  }

  std::mt19937 dice_{1};
  crypto::Library library_ = crypto::Library::load().value();
  CipherBatches batches_{256};
};

TEST_F(DataPathBatchTest, SendsWhatTheSimplePathSends) {
  std::vector<Bytes> packets;
  for (std::size_t i = 0; i < kPackets; ++i) packets.push_back(ip_packet());
  EXPECT_EQ(sent(packets, &batches_), sent(packets, nullptr));
}

TEST_F(DataPathBatchTest, ReceivesWhatTheSimplePathReceives) {
  std::vector<Bytes> packets;
  for (std::size_t i = 0; i < kPackets; ++i) packets.push_back(ip_packet());
  const std::vector<Bytes> frames = sent(packets, nullptr);
  Receiver simple(library_, nullptr);
  Receiver batched(library_, &batches_);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto fate = dice_() % 10;
    if (fate == 0 || (i > 900 && i < 1000)) continue;  // lost
    Bytes frame = frames[fate == 1 && i > 5 ? i - 5 : i];
    if (fate == 2) frame[2 + dice_() % (frame.size() - 2)] ^= 0x55;
    if (fate == 3) frame.resize(2 + dice_() % 4);
    for (Receiver* receiver : {&simple, &batched}) receiver->receive(frame);
    if (dice_() % 50 == 0) batched.finish();
  }
  batched.finish();
  EXPECT_EQ(batched.arrived, simple.arrived);
  EXPECT_GT(batched.statistics.packets_in, 1000U);
  EXPECT_EQ(batched.statistics.packets_in, simple.statistics.packets_in);
  EXPECT_EQ(batched.statistics.bytes_in, simple.statistics.bytes_in);
  for (std::size_t i = 0; i < static_cast<std::size_t>(DropReason::count_); ++i) {
    const auto reason = static_cast<DropReason>(i);
    EXPECT_EQ(batched.statistics.drops[reason], simple.statistics.drops[reason])
        << to_string(reason);
  }
}

TEST_F(DataPathBatchTest, WhatWaitsIsDecryptedBeforeTheKeysGo) {
  const Bytes packet = ip_packet();
  const std::vector<Bytes> frames = sent({packet}, nullptr);
  Receiver receiver(library_, &batches_);
  receiver.receive(frames[0]);
  receiver.path.encryption_down();
  EXPECT_EQ(batches_.receive.size(), 0U);
}

}  // namespace
}  // namespace upptpd::session
