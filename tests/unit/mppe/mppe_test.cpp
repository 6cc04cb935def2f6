#include <gtest/gtest.h>

#include <array>

#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"

namespace upptpd::mppe {
namespace {

class MppeTest : public testing::Test {
 protected:
  Packet encrypted(std::uint8_t mark) {
    Packet packet = pool_.take();
    check(packet->assign(Bytes{0x00, 0x21, mark}));
    encryptor_.encrypt(*packet);
    return packet;
  }

  /// The clear text, or the name of the reason for the drop.
  std::string decrypted(const Packet& packet) {
    if (const auto reason = decryptor_.decrypt(*packet)) return std::string(to_string(*reason));
    return to_hex(packet->view());
  }

  crypto::Library library_ = crypto::Library::load().value();
  Secret<16> key_{std::array<std::uint8_t, 16>{1, 2, 3}};
  PacketPool pool_{8};
  Encryptor encryptor_{library_, Mode{}, key_};
  Decryptor decryptor_{library_, Mode{}, key_};
};

TEST_F(MppeTest, EveryPacketSaysFlushedAndEncrypted) {
  EXPECT_EQ(to_hex(encrypted(1)->view().first(2)), "9000");
  EXPECT_EQ(to_hex(encrypted(1)->view().first(2)), "9001");
}

TEST_F(MppeTest, TheSamePlaintextNeverLooksTheSame) {
  const Packet first = encrypted(1);
  const Packet second = encrypted(1);
  EXPECT_NE(to_hex(first->view().subspan(2)), to_hex(second->view().subspan(2)));
}

TEST_F(MppeTest, GoesOnOverLostPackets) {
  EXPECT_EQ(decrypted(encrypted(1)), "002101");
  for (int lost = 0; lost < 200; ++lost) encrypted(0);
  EXPECT_EQ(decrypted(encrypted(2)), "002102");
}

TEST_F(MppeTest, CountWrapsAround) {
  for (int i = 0; i < 0x1000 + 5; ++i) {
    const auto mark = static_cast<std::uint8_t>(i);
    ASSERT_EQ(decrypted(encrypted(mark)), "0021" + to_hex(View(&mark, 1))) << i;
  }
}

TEST_F(MppeTest, LatePacketIsDroppedAndDisturbsNothing) {
  const Packet late = encrypted(1);
  EXPECT_EQ(decrypted(encrypted(2)), "002102");
  EXPECT_EQ(decrypted(late), "mppe_late");
  EXPECT_EQ(decrypted(encrypted(3)), "002103");
}

TEST_F(MppeTest, RefusesWhatWasNotNegotiated) {
  const Packet packet = pool_.take();
  for (const char* bad : {"", "90", "8000aa", "1000aa", "f000aa", "b000aa"}) {
    ASSERT_TRUE(packet->assign(from_hex(bad)));
    EXPECT_EQ(decrypted(packet), "mppe_malformed") << bad;
  }
  EXPECT_EQ(decrypted(encrypted(1)), "002101");
}

TEST_F(MppeTest, AFlushIsNothingToStatelessKeys) {
  encryptor_.flush();
  EXPECT_EQ(to_hex(encrypted(1)->view().first(2)), "9000");
  EXPECT_FALSE(decryptor_.awaits_flush());
}

/// Packets of any count to a decryptor, and the key changes that it makes of them, by what it
/// takes: a packet that is dropped must not have cost any, or the next good one is noise.
class StatelessFlood : public MppeTest {
 protected:
  /// Whether it was taken.
  bool forge(std::uint32_t gap) {
    const std::uint32_t header = 0x9000 | ((expected_ + gap) & 0xfff);
    const Packet packet = pool_.take();
    check(packet->assign(Bytes{static_cast<std::uint8_t>(header >> 8),
                               static_cast<std::uint8_t>(header & 0xff), 1, 2, 3}));
    if (decryptor_.decrypt(*packet)) return false;
    key_changes_ += gap + 1;
    expected_ += gap + 1;
    return true;
  }

  /// The peer has sent so much that it stands where the decryptor does.
  void expect_keys_together() {
    for (; sent_ < expected_; ++sent_) encrypted(0);
    EXPECT_EQ(decrypted(encrypted(9)), "002109");
  }

  std::uint32_t expected_ = 0;
  std::uint32_t sent_ = 0;
  unsigned long key_changes_ = 0;
};

// Without a bound: 3,841 a packet.
TEST_F(StatelessFlood, OfTheLargestGapsIsCutShort) {
  constexpr unsigned kPackets = 10'000;
  for (unsigned i = 0; i < kPackets; ++i) forge(Decryptor::kLargestGap);
  EXPECT_EQ(key_changes_, 2UL * (Decryptor::kLargestGap + 1));
  expect_keys_together();
}

// The worst that a flood can do is to earn what it spends.
TEST_F(StatelessFlood, OfRandomCountsCostsSeventeenKeyChangesAPacket) {
  std::uint32_t state = 3;
  constexpr unsigned kPackets = 50'000;
  unsigned taken = 0;
  for (unsigned i = 0; i < kPackets; ++i) {
    state = state * 1664525 + 1013904223;
    taken += forge((state >> 12) & 0xfff) ? 1 : 0;
  }
  EXPECT_LT(taken, kPackets / 10);
  EXPECT_LE(key_changes_, 17UL * taken + 2UL * Decryptor::kLargestGap);
  expect_keys_together();
}

TEST_F(StatelessFlood, ThatEarnsItsGapsCostsNoMore) {
  constexpr unsigned kPackets = 10'000;
  unsigned taken = 0;
  for (unsigned i = 0; i < kPackets; ++i) {
    taken += forge(Decryptor::kLargestGap) || forge(0) ? 1 : 0;
  }
  EXPECT_GT(key_changes_, 16UL * kPackets);
  EXPECT_LE(key_changes_, 17UL * taken + 2UL * Decryptor::kLargestGap);
  expect_keys_together();
}

// What keeps arriving pays for what was lost: no tunnel that is of use ever meets the bound.
TEST_F(MppeTest, SixtyPercentLossAndLatePacketsAreNoFlood) {
  std::uint32_t state = 1;
  const auto dice = [&](std::uint32_t sides) {
    state = state * 1664525 + 1013904223;
    return (state >> 16) % sides;
  };
  Packet late = pool_.take();
  for (int i = 0; i < 100'000; ++i) {
    const Packet packet = encrypted(7);
    if (dice(10) < 6) {
      if (dice(3) == 0) check(late->assign(std::as_const(*packet).view()));
      continue;
    }
    const Bytes duplicate(packet->view().begin(), packet->view().end());
    ASSERT_EQ(decrypted(packet), "002107") << i;
    if (dice(10) > 0) continue;
    check(packet->assign(duplicate));
    ASSERT_EQ(decrypted(packet), "mppe_late") << i;
    if (late->size() != 5) continue;
    const std::string reason = decrypted(late);
    late->clear();
    ASSERT_EQ(reason, "mppe_late") << i;
  }
}

TEST_F(MppeTest, TwoOutagesInARowAreNoFlood) {
  for (unsigned distance : {0U, 1U, 500U}) {
    for (int outage = 0; outage < 2; ++outage) {
      for (int lost = 0; lost < 3'800; ++lost) encrypted(0);
      ASSERT_EQ(decrypted(encrypted(1)), "002101");
      for (unsigned i = 0; i < distance; ++i) ASSERT_EQ(decrypted(encrypted(2)), "002102");
    }
    for (int i = 0; i < 500; ++i) ASSERT_EQ(decrypted(encrypted(3)), "002103");
  }
}

TEST_F(MppeTest, AGapThatIsNotPaidForDoesNotMoveTheKey) {
  for (int outage = 0; outage < 2; ++outage) {
    for (int lost = 0; lost < 3'800; ++lost) encrypted(0);
    ASSERT_EQ(decrypted(encrypted(1)), "002101");
  }
  const Packet next = encrypted(2);
  for (int lost = 0; lost < 1'000; ++lost) encrypted(0);
  EXPECT_EQ(decrypted(encrypted(3)), "mppe_gap");
  EXPECT_EQ(decrypted(next), "002102");
}

}  // namespace
}  // namespace upptpd::mppe
