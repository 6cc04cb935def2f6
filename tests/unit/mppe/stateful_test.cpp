// Stateful MPPE: with itself over bad networks, and with models of the two ways in which others
// read RFC 3078 section 8.2.
#include <gtest/gtest.h>

#include "unit/mppe/peer_model.hpp"

namespace upptpd::mppe {
namespace {

const Bytes kNoIpv4 = from_hex("0057 60 000000 0000");

TEST(Stateful, OneKeyFor256PacketsAndBitAWhenItChanges) {
  Buffers buffers;
  Encryptor encryptor(library(), {Strength::bits128, false}, kStartKey);
  for (unsigned i = 0; i < 1000; ++i) {
    const Bytes packet = buffers.encrypt(encryptor, frame(i));
    const std::uint32_t expected = (i % 256 == 255 ? 0x9000U : 0x1000U) | i;
    EXPECT_EQ(packet[0] * 256U + packet[1], expected);
  }
}

TEST(Stateful, WithoutLossBothKindsOfPeerUnderstandUsAndWeThem) {
  for (const Strength strength : kStrengths) {
    for (const PeerModel::Kind kind : kKinds) {
      Buffers buffers;
      Encryptor encryptor(library(), {strength, false}, kStartKey);
      Decryptor decryptor(library(), {strength, false}, kStartKey);
      PeerModel receiver(kind, strength);
      PeerModel sender(kind, strength);
      for (unsigned i = 0; i < 9000; ++i) {
        ASSERT_EQ(receiver.decrypt(buffers.encrypt(encryptor, frame(i))), frame(i)) << i;
        ASSERT_EQ(buffers.decrypt(decryptor, sender.encrypt(frame(i))), frame(i)) << i;
      }
    }
  }
}

// Loss of single packets, of long runs and of the flush itself. Each reset takes some packets on
// its way; and pppd asks once more than it has to, which its owner keeps from it (NetworkPhase).
TEST(Stateful, AfterLossAFlushMakesPeersUnderstandUs) {
  for (const PeerModel::Kind kind : kKinds) {
    Dice dice(kind == PeerModel::Kind::rfc ? 1 : 2);
    Buffers buffers;
    Encryptor encryptor(library(), {Strength::bits128, false}, kStartKey);
    PeerModel receiver(kind, Strength::bits128);
    unsigned understood = 0;
    unsigned until_flush = 0;
    unsigned since_flush = 1000;
    for (unsigned i = 0; i < 40'000; ++i, ++since_flush) {
      const Bytes packet = buffers.encrypt(encryptor, frame(i));
      if (until_flush > 0 && --until_flush == 0) {
        encryptor.flush();
        since_flush = 0;
      }
      if (dice(100) == 0) {
        const unsigned run = dice(3) == 0 ? dice(2000) : 0;
        for (unsigned lost = 0; lost < run; ++lost) buffers.encrypt(encryptor, frame(0));
        continue;
      }
      const auto clear = receiver.decrypt(packet);
      if (clear) {
        ASSERT_EQ(*clear, frame(i)) << "noise at " << i;
        ++understood;
      } else if (until_flush == 0 && since_flush > 10) {
        until_flush = 1 + dice(5);
      }
    }
    EXPECT_GT(understood, 36'000U) << static_cast<int>(kind);
  }
}

TEST(Stateful, AfterLossWeUnderstandEitherKindOfFlush) {
  for (const PeerModel::Kind kind : kKinds) {
    Dice dice(kind == PeerModel::Kind::rfc ? 3 : 4);
    Buffers buffers;
    PeerModel sender(kind, Strength::bits56);
    Decryptor decryptor(library(), {Strength::bits56, false}, kStartKey);
    unsigned understood = 0;
    unsigned until_flush = 0;
    for (unsigned i = 0; i < 40'000; ++i) {
      const Bytes packet = sender.encrypt(frame(i));
      if (until_flush > 0 && --until_flush == 0) sender.flush();
      if (dice(100) == 0) {
        for (unsigned run = dice(3) == 0 ? dice(2000) : 0; run > 0; --run) sender.encrypt(frame(0));
        continue;
      }
      const auto clear = buffers.decrypt(decryptor, packet);
      EXPECT_EQ(clear.has_value(), !decryptor.awaits_flush());
      if (clear) {
        ASSERT_EQ(*clear, frame(i)) << "noise at " << i;
        ++understood;
      } else {
        EXPECT_EQ(buffers.reason(), "mppe_lost");
        if (until_flush == 0) until_flush = 1 + dice(5);
      }
    }
    EXPECT_GT(understood, 30'000U);
  }
}

TEST(Stateful, NoKeyStreamIsUsedTwiceByAFlush) {
  Buffers buffers;
  Encryptor encryptor(library(), {Strength::bits128, false}, kStartKey);
  const Bytes before = buffers.encrypt(encryptor, frame(1));
  encryptor.flush();
  encryptor.flush();
  const Bytes after = buffers.encrypt(encryptor, frame(1));
  EXPECT_EQ(to_hex(View(after).first(2)), "90ff");
  EXPECT_NE(to_hex(View(before).subspan(2)), to_hex(View(after).subspan(2)));
  EXPECT_EQ(to_hex(View(buffers.encrypt(encryptor, frame(1))).first(2)), "1100");
}

// A Linux that flushes changes its key, and we see nothing of it if that packet is lost. What comes
// next with bit A may be a flag packet.
TEST(Stateful, AFlagPacketAfterLostFlushesIsUnderstood) {
  for (const unsigned lost_flushes : {1U, 2U, 8U}) {
    Buffers buffers;
    PeerModel sender(PeerModel::Kind::linux_kernel, Strength::bits128);
    Decryptor decryptor(library(), {Strength::bits128, false}, kStartKey);
    for (unsigned i = 0; i < 200; ++i) buffers.decrypt(decryptor, sender.encrypt(frame(i)));
    for (unsigned lost = 0; lost < lost_flushes; ++lost) {
      sender.flush();
      sender.encrypt(frame(0));
    }
    for (unsigned i = 200 + lost_flushes; i < 1000; ++i) {
      const auto clear = buffers.decrypt(decryptor, sender.encrypt(frame(i)));
      EXPECT_EQ(clear.has_value(), i >= 255) << i;
      if (clear) {
        ASSERT_EQ(*clear, frame(i)) << "noise at " << i;
      }
    }
  }
}

// Where the first packet after a flush is no IPv4, the next flush tells.
TEST(Stateful, APeerWhoseFlushTellsNothingIsTakenForLinux) {
  Buffers buffers;
  PeerModel sender(PeerModel::Kind::linux_kernel, Strength::bits128);
  Decryptor decryptor(library(), {Strength::bits128, false}, kStartKey);
  // A flag packet is the same with both kinds, and says nothing.
  for (unsigned i = 0; i < 256; ++i) buffers.decrypt(decryptor, sender.encrypt(frame(i)));
  for (int round = 0; round < 3; ++round) {
    sender.encrypt(frame(0));
    buffers.decrypt(decryptor, sender.encrypt(frame(1)));
    EXPECT_TRUE(decryptor.awaits_flush());
    sender.flush();
    const Bytes other = round == 0 ? kNoIpv4 : frame(2);
    EXPECT_EQ(buffers.decrypt(decryptor, sender.encrypt(other)), other);
  }
}

TEST(Stateful, AFlagPacketNeedsNotBeIpv4) {
  for (const PeerModel::Kind kind : kKinds) {
    Buffers buffers;
    PeerModel sender(kind, Strength::bits40);
    Decryptor decryptor(library(), {Strength::bits40, false}, kStartKey);
    for (unsigned i = 0; i < 1000; ++i) {
      const Bytes contents = i % 256 == 255 ? kNoIpv4 : frame(i);
      ASSERT_EQ(buffers.decrypt(decryptor, sender.encrypt(contents)), contents) << i;
    }
  }
}

TEST(Stateful, RefusesWhatWasNotNegotiated) {
  Buffers buffers;
  Decryptor decryptor(library(), {Strength::bits128, false}, kStartKey);
  for (const char* bad : {"", "10", "0000aa", "3000aa", "f000aa", "8000aa"}) {
    EXPECT_FALSE(buffers.decrypt(decryptor, from_hex(bad)));
    EXPECT_EQ(buffers.reason(), "mppe_malformed") << bad;
  }
}

// By nature a packet costs one key change for 256 counts that it lies ahead, and the decryptor
// makes exactly those: it stays with the peer.
TEST(Stateful, FlushedPackets3500CountsAheadCostFifteenKeyChangesAtMost) {
  Buffers buffers;
  SessionKey key(library(), Strength::bits128, kStartKey);
  crypto::Rc4 rc4(library());
  Decryptor decryptor(library(), {Strength::bits128, false}, kStartKey);
  Dice dice(6);
  std::uint32_t expected = 0;
  for (unsigned i = 0; i < 2000; ++i) {
    const std::uint32_t count = expected + 3000 + dice(500);
    const std::uint32_t key_changes = (count + 1) / 256 - expected / 256;
    ASSERT_LE(key_changes, 15U);
    for (unsigned change = 0; change < key_changes; ++change) key.change();
    rc4.set_key(key.reveal());
    Bytes sealed = frame(i);
    rc4.apply(sealed);
    Bytes packet{static_cast<std::uint8_t>(0x90 | (count >> 8 & 0xf)),
                 static_cast<std::uint8_t>(count & 0xff)};
    packet.insert(packet.end(), sealed.begin(), sealed.end());
    ASSERT_EQ(buffers.decrypt(decryptor, packet), frame(i)) << i;
    expected = count + 1;
  }
}

TEST(Stateful, APacketThatLiesBehindIsDroppedAndDisturbsNothing) {
  Buffers buffers;
  Encryptor encryptor(library(), {Strength::bits128, false}, kStartKey);
  Decryptor decryptor(library(), {Strength::bits128, false}, kStartKey);
  const Bytes late = buffers.encrypt(encryptor, frame(0));
  for (unsigned i = 1; i < 200; ++i) buffers.encrypt(encryptor, frame(i));
  encryptor.flush();
  for (unsigned i = 200; i < 400; ++i) {
    EXPECT_EQ(buffers.decrypt(decryptor, buffers.encrypt(encryptor, frame(i))), frame(i));
    EXPECT_FALSE(buffers.decrypt(decryptor, late));
    EXPECT_EQ(buffers.reason(), "mppe_late");
    EXPECT_FALSE(decryptor.awaits_flush());
  }
}

// Anything at all must be bounded and safe.
TEST(Stateful, AFloodOfAnyCountsIsSurvived) {
  Dice dice(5);
  Buffers buffers;
  Decryptor decryptor(library(), {Strength::bits128, false}, kStartKey);
  for (unsigned i = 0; i < 20'000; ++i) {
    const std::uint32_t header = 0x1000U | (dice(2) << 15) | dice(4096);
    Bytes packet{static_cast<std::uint8_t>(header >> 8), static_cast<std::uint8_t>(header & 0xff)};
    packet.resize(2 + dice(20), 0xaa);
    buffers.decrypt(decryptor, packet);
  }
}

}  // namespace
}  // namespace upptpd::mppe
