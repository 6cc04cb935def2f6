// Nothing is allocated per packet on the data path: neither by us (operator new) nor by OpenSSL.
// A binary of its own, because OpenSSL takes another allocator only before its first use.
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <new>

#include "unit/session/virtual_call.hpp"

namespace {

unsigned long long our_allocations = 0;
unsigned long long openssl_allocations = 0;

void* count_malloc(std::size_t size, const char*, int) {
  ++openssl_allocations;
  return std::malloc(size);
}
void* count_realloc(void* old, std::size_t size, const char*, int) {
  ++openssl_allocations;
  return std::realloc(old, size);
}
void count_free(void* memory, const char*, int) { std::free(memory); }

void* allocate(std::size_t size) {
  ++our_allocations;
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  ++our_allocations;
  const auto step = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(step, (size + step - 1) / step * step)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// The nothrow forms end up in these, by the standard library's own definitions.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, alignment);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace upptpd::session {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kPackets = 10'000;
/// So many are taken through at once, as one wake-up brings them.
constexpr unsigned kBatch = 32;

struct Counts {
  unsigned long long ours = our_allocations;
  unsigned long long openssl = openssl_allocations;
};

void expect_none_since(const Counts& before) {
  const Counts after;
  EXPECT_EQ(after.ours, before.ours);
  EXPECT_EQ(after.openssl, before.openssl);
}

// If these fail, the others prove nothing.
TEST(Counters, CountOurAllocations) {
  const Counts before;
  const auto one = std::make_unique<std::array<int, 100>>();
  const Bytes two(1000);
  EXPECT_EQ(Counts().ours, before.ours + 2);
  EXPECT_NE(one->data(), nullptr);
  EXPECT_EQ(two.size(), 1000U);
}

TEST(Counters, CountOverAlignedAllocations) {
  struct alignas(64) Wide {
    int value = 0;
  };
  const Counts before;
  const auto one = std::make_unique<Wide>();
  EXPECT_EQ(Counts().ours, before.ours + 1);
  EXPECT_EQ(one->value, 0);
}

TEST(Counters, CountTheAllocationsOfOpenssl) {
  const Counts before;
  EVP_CIPHER_CTX_free(EVP_CIPHER_CTX_new());
  EXPECT_GT(Counts().openssl, before.openssl);
}

class DataPathAllocations : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(call_.connect()); }

  /// The GRE packets of a client that sends data, made before anything is counted.
  void make_packets(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      call_.client().send_ip(ip_packet("10.0.0.2", "192.0.2.1", 60 + i % 1300));
      packets_.push_back(call_.client().next_packet().value());
    }
  }

  void receive(const Bytes& contents) {
    Packet packet = pool_.take();
    check(packet && packet->assign(contents));
    const auto header = gre::parse(packet->view());
    call_.session().receive(std::move(packet), *header, now_);
  }

  /// What a worker does after each wake-up.
  void send_all() {
    sent_ += call_.traffic().to_peer.size();
    delivered_ += call_.traffic().to_network.size();
    call_.traffic().to_peer.clear();
    call_.traffic().to_network.clear();
  }

  void receive_all(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      receive(packets_[i]);
      now_ += std::chrono::microseconds(10);
      if (call_.session().deadline() && *call_.session().deadline() <= now_) {
        call_.session().advance(now_);
      }
      if (i % kBatch == kBatch - 1) send_all();
    }
    send_all();
  }

  VirtualCall call_{{}};
  PacketPool pool_{256};
  Instant now_ = call_.now();
  std::vector<Bytes> packets_;
  std::size_t sent_ = 0;
  std::size_t delivered_ = 0;
};

TEST_F(DataPathAllocations, NoneForPacketsFromTheClient) {
  make_packets(kBatch + kPackets);
  receive_all(0, kBatch);  // the batches grow to their size
  const Counts before;
  receive_all(kBatch, kBatch + kPackets);
  expect_none_since(before);
  EXPECT_EQ(delivered_, kBatch + kPackets);
  EXPECT_GT(sent_, kPackets / 64) << "acknowledgments were among it";
}

TEST_F(DataPathAllocations, NoneForReorderedPackets) {
  make_packets(kBatch + kPackets);
  for (std::size_t i = 0; i + 4 <= packets_.size(); i += 4) std::swap(packets_[i], packets_[i + 3]);
  receive_all(0, kBatch);
  const Counts before;
  receive_all(kBatch, kBatch + kPackets);
  expect_none_since(before);
  EXPECT_GT(delivered_, kPackets);
}

TEST_F(DataPathAllocations, NoneForPacketsThatAreDropped) {
  make_packets(kBatch);
  receive_all(0, kBatch);
  const Counts before;
  for (unsigned i = 0; i < kPackets; ++i) receive(packets_[i % kBatch]);  // duplicates
  expect_none_since(before);
  EXPECT_EQ(call_.drops().total(), kPackets);
}

TEST_F(DataPathAllocations, NoneForPacketsToTheClient) {
  const Bytes contents = ip_packet("192.0.2.1", "10.0.0.2", 1396);
  const auto send = [&](unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      Packet packet = pool_.take();
      check(packet && packet->assign(contents));
      call_.session().send(std::move(packet));
      if (i % kBatch == kBatch - 1) send_all();
    }
    send_all();
  };
  send(kBatch);
  const Counts before;
  send(kPackets);
  expect_none_since(before);
  EXPECT_EQ(sent_, kBatch + kPackets);
}

// Of all stages together, both ways.
TEST(Batch, NeedsNoAllocations) {
  constexpr std::size_t kSize = 64;
  CipherBatches batches(kSize);
  const Secret<16> master(std::array<std::uint8_t, 16>{1, 2, 3});
  DataPath server(library(), &batches);
  DataPath client(library(), &batches);
  server.encryption_up(mppe::start_keys(master, mppe::Role::server), {}, {});
  client.encryption_up(mppe::start_keys(master, mppe::Role::client), {}, {});
  for (DataPath* end : {&server, &client}) end->network_up({{}, 1500, {}, false});
  const Bytes contents = ip_packet("192.0.2.1", "10.0.0.2", 1396);
  PacketPool pool(kSize);
  PacketBatch packets;
  for (std::size_t i = 0; i < kSize; ++i) packets.push_back(pool.take());
  Statistics statistics;
  const auto carry = [&] {
    for (const Packet& packet : packets) {
      check(packet->assign(contents) && server.send(*packet, statistics));
    }
    batches.send.run();
    for (const Packet& packet : packets) {
      packet->pop_front(ppp::parse_frame_header(packet->view())->size);
      check(client.open(*packet, ppp::Protocol::compressed, statistics) ==
            DataPath::Opened::waiting);
    }
    batches.receive.run();
    for (const Packet& packet : packets) {
      check(client.arrive(*packet, ppp::Protocol::compressed, statistics));
    }
  };
  carry();
  const Counts before;
  for (std::size_t i = 0; i < kPackets / kSize; ++i) carry();
  expect_none_since(before);
}

// Losses and flushes among it, which make the receiver look for the key.
TEST(StatefulKeys, NeedNoAllocations) {
  constexpr mppe::Mode kMode{mppe::Strength::bits128, false};
  const Secret<16> master(std::array<std::uint8_t, 16>{1, 2, 3});
  DataPath server(library());
  DataPath client(library());
  server.encryption_up(mppe::start_keys(master, mppe::Role::server), kMode, kMode);
  client.encryption_up(mppe::start_keys(master, mppe::Role::client), kMode, kMode);
  for (DataPath* end : {&server, &client}) end->network_up({{}, 1500, {}, false});
  const Bytes contents = ip_packet("192.0.2.1", "10.0.0.2", 1396);
  PacketPool pool(1);
  const Packet packet = pool.take();
  Statistics statistics;
  unsigned delivered = 0;
  const auto carry = [&](unsigned i) {
    check(packet->assign(contents) && server.send(*packet, statistics));
    if (i % 100 == 0) return;
    const auto header = ppp::parse_frame_header(packet->view());
    packet->pop_front(header->size);
    if (client.receive(*packet, header->protocol, statistics)) ++delivered;
    if (i % 100 == 20 && client.awaits_flush()) server.flush();
  };
  carry(1);
  const Counts before;
  for (unsigned i = 0; i < kPackets; ++i) carry(i);
  expect_none_since(before);
  EXPECT_GT(delivered, kPackets / 2);
  EXPECT_GT(statistics.drops[DropReason::mppe_lost], kPackets / 10);
}

}  // namespace
}  // namespace upptpd::session

int main(int argc, char** argv) {
  // Before anything else touches OpenSSL.
  if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1) {
    std::fprintf(stderr, "OpenSSL was in use before the test began\n");
    return 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
