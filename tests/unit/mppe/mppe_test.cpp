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

// What keeps arriving pays for what was lost: no tunnel that is of use ever meets the bound.
TEST_F(MppeTest, SixtyPercentLossAndTwoLongOutagesAreNoFlood) {
  std::uint32_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    const Packet packet = encrypted(7);
    state = state * 1664525 + 1013904223;
    if ((state >> 16) % 10 < 6) continue;
    ASSERT_EQ(decrypted(packet), "002107") << i;
  }
  for (int outage = 0; outage < 2; ++outage) {
    for (int lost = 0; lost < 3'800; ++lost) encrypted(0);
    ASSERT_EQ(decrypted(encrypted(1)), "002101");
  }
}

// Each would cost thousands of key changes.
TEST_F(MppeTest, AFloodOfBogusCountsIsCutShort) {
  const Packet packet = pool_.take();
  std::uint32_t count = 0;
  unsigned long key_changes = 0;
  constexpr unsigned kPackets = 10'000;
  for (unsigned i = 0; i < kPackets; ++i) {
    const std::uint32_t gap = Decryptor::kLargestGap;
    const auto header = static_cast<std::uint16_t>(0x9000 | ((count + gap) & 0xfff));
    ASSERT_TRUE(packet->assign(Bytes{static_cast<std::uint8_t>(header >> 8),
                                     static_cast<std::uint8_t>(header & 0xff), 1, 2, 3}));
    if (decryptor_.decrypt(*packet)) continue;
    key_changes += gap + 1;
    count += gap + 1;
  }
  EXPECT_LT(key_changes, 20UL * kPackets);
}

}  // namespace
}  // namespace upptpd::mppe
