// Every mode over a channel that loses, repeats and reorders, with the resets that the owner of a
// Decryptor asks for. Not one packet may come out as anything else than it was.
#include <gtest/gtest.h>

#include <map>

#include "unit/mppe/peer_model.hpp"

namespace upptpd::mppe {
namespace {

class LossyChannel {
 public:
  LossyChannel(Mode mode, std::uint32_t seed)
      : dice_(seed),
        encryptor_(library(), mode, kStartKey),
        decryptor_(library(), mode, kStartKey) {}

  void send(bool lossy) {
    if (flush_at_ == now_) encryptor_.flush();
    Bytes packet = buffers_.encrypt(encryptor_, frame(now_));
    if (lossy) {
      burst_ = burst_ > 0 ? burst_ - 1 : dice_(500) == 0 ? dice_(300) : 0;
      const bool lost = burst_ > 0 || dice_(20) == 0;
      if (!lost) arrives(packet, dice_(30) == 0 ? dice_(kLatest) : 0);
      if (dice_(100) == 0) arrives(packet, dice_(kLatest));
    } else {
      arrives(packet, 0);
    }
    for (auto next = on_its_way_.begin(); next != on_its_way_.end() && next->first <= now_;
         next = on_its_way_.erase(next)) {
      deliver(next->second.number, next->second.packet);
    }
    ++now_;
  }

  unsigned now() const { return now_; }
  /// How often each packet came out.
  std::map<unsigned, unsigned> delivered;

 private:
  static constexpr unsigned kLatest = 20;

  struct Sent {
    unsigned number;
    Bytes packet;
  };

  void arrives(const Bytes& packet, unsigned later) {
    on_its_way_.emplace(now_ + later, Sent{now_, packet});
  }

  void deliver(unsigned number, const Bytes& packet) {
    const auto clear = buffers_.decrypt(decryptor_, packet);
    if (clear) {
      ASSERT_EQ(*clear, frame(number)) << "noise at " << number;
      ++delivered[number];
    }
    if (decryptor_.awaits_flush()) request_reset();
  }

  // Not a second one while packets of before the first flush are on their way; a third are lost.
  void request_reset() {
    if (now_ < next_request_) return;
    next_request_ = now_ + kLatest + 10;
    if (dice_(3) > 0) flush_at_ = now_ + 1 + dice_(5);
  }

  Dice dice_;
  Buffers buffers_;
  Encryptor encryptor_;
  Decryptor decryptor_;
  unsigned now_ = 0;
  unsigned burst_ = 0;
  std::optional<unsigned> flush_at_;
  unsigned next_request_ = 0;
  std::multimap<unsigned, Sent> on_its_way_;
};

void expect_only_what_was_sent(Mode mode, std::uint32_t seed) {
  constexpr unsigned kLossy = 6'000;
  constexpr unsigned kQuiet = 700;
  // Until the last reset is through.
  constexpr unsigned kSettled = kLossy + 300;
  LossyChannel channel(mode, seed);
  while (channel.now() < kLossy) {
    channel.send(true);
    if (testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(channel.delivered.size(), mode.stateless ? kLossy / 2 : kLossy / 8);
  while (channel.now() < kLossy + kQuiet) channel.send(false);
  for (unsigned number = kSettled; number < kLossy + kQuiet; ++number) {
    EXPECT_TRUE(channel.delivered.contains(number)) << number;
  }
  for (const auto& [number, times] : channel.delivered) EXPECT_EQ(times, 1U) << number;
}

TEST(LossyChannel, DeliversOnlyWhatWasSentAndAllOnceTheLossIsOver) {
  for (const Strength strength : kStrengths) {
    for (const bool stateless : {true, false}) {
      for (std::uint32_t seed = 1; seed <= 5; ++seed) {
        SCOPED_TRACE(testing::Message()
                     << 8 * key_size(strength) << (stateless ? " stateless" : " stateful")
                     << ", seed " << seed);
        expect_only_what_was_sent({strength, stateless}, seed);
      }
    }
  }
}

}  // namespace
}  // namespace upptpd::mppe
