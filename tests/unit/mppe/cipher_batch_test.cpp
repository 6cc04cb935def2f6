#include "mppe/cipher_batch.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "mppe/key_stream.hpp"
#include "support/crypto_library.hpp"

namespace upptpd::mppe {
namespace {

Bytes random_octets(std::mt19937& dice, std::size_t size) {
  Bytes octets(size);
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(dice());
  return octets;
}

Secret<16> start_key(std::uint8_t mark) {
  return Secret<16>(std::array<std::uint8_t, 16>{mark, 2, 3});
}

/// One direction of a session, as a batch has it and as packets are encrypted one by one.
struct Direction {
  KeyChain chain;
  KeyStream reference;

  Direction(Strength strength, std::uint8_t mark)
      : chain(strength, start_key(mark)), reference(library(), strength, start_key(mark)) {}

  void expect(std::uint32_t skipped, Bytes& data) {
    for (std::uint32_t i = 0; i <= skipped; ++i) reference.change_key();
    reference.apply(data);
  }
};

/// This one, and lesser ones.
std::vector<crypto::ProcessorFeatures> kinds_of_processor() {
  const crypto::ProcessorFeatures here = crypto::processor_features();
  return {{}, {here.sse41, false}, here};
}

class CipherBatchTest : public testing::TestWithParam<crypto::ProcessorFeatures> {};

TEST_P(CipherBatchTest, DoesWhatOnePacketAfterAnotherWould) {
  std::mt19937 dice(1);
  CipherBatch batch(256, GetParam());
  std::map<int, Direction> directions;
  for (int i = 0; i < 40; ++i) {
    const auto strength = static_cast<Strength>(i % 3);
    directions.try_emplace(i, strength, static_cast<std::uint8_t>(i));
  }
  for (int round = 0; round < 60; ++round) {
    const int sessions = round % 4 == 0 ? 1 : 1 + static_cast<int>(dice() % 40);
    const std::size_t packets = 1 + dice() % 256;
    std::vector<Bytes> data;
    std::vector<Bytes> expected;
    for (std::size_t i = 0; i < packets; ++i) {
      data.push_back(random_octets(dice, dice() % 1500));
      expected.push_back(data.back());
    }
    for (std::size_t i = 0; i < packets; ++i) {
      Direction& direction =
          directions.at(static_cast<int>(dice() % static_cast<unsigned>(sessions)));
      const auto skipped = static_cast<std::uint32_t>(dice() % 10 == 0 ? dice() % 30 : 0);
      direction.expect(skipped, expected[i]);
      batch.add(direction.chain, skipped, data[i]);
    }
    EXPECT_EQ(batch.full(), packets == 256);
    batch.run();
    EXPECT_EQ(batch.size(), 0U);
    ASSERT_EQ(data, expected) << "round " << round;
  }
}

TEST_P(CipherBatchTest, FollowsAChainOfAThousandPacketsOverGaps) {
  std::mt19937 dice(2);
  CipherBatch batch(64, GetParam());
  Direction direction(Strength::bits128, 7);
  for (int packet = 0; packet < 1024; ++packet) {
    Bytes data = random_octets(dice, 64);
    Bytes expected = data;
    const std::uint32_t skipped = packet == 500 ? 3000 : 0;
    direction.expect(skipped, expected);
    batch.add(direction.chain, skipped, data);
    batch.run();
    ASSERT_EQ(data, expected) << packet;
  }
}

TEST_P(CipherBatchTest, HasNothingToDoWithoutPackets) {
  CipherBatch batch(4, GetParam());
  batch.run();
  EXPECT_FALSE(batch.full());
}

INSTANTIATE_TEST_SUITE_P(Processors, CipherBatchTest, testing::ValuesIn(kinds_of_processor()));

}  // namespace
}  // namespace upptpd::mppe
