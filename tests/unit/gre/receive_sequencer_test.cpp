#include "gre/receive_sequencer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace upptpd::gre {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ReceiveSequencerTest : public testing::Test {
 protected:
  /// Packets are marked with the low octet of their number.
  void receive(std::uint32_t number) {
    Packet packet = pool_.take();
    ASSERT_TRUE(packet);
    ASSERT_TRUE(packet->assign(Bytes{static_cast<std::uint8_t>(number)}));
    sequencer_.receive(std::move(packet), SequenceNumber(number), now_, ready_, drops_);
  }

  void pass(Duration time) {
    now_ += time;
    sequencer_.advance(now_, ready_);
  }

  /// The marks of what was delivered since the last call.
  std::string delivered() {
    std::string marks;
    for (const Packet& packet : ready_) marks += to_hex(packet->view()) + " ";
    ready_.clear();
    return marks;
  }

  PacketPool pool_{256};
  PacketBatch ready_;
  DropCounters drops_;
  ReceiveSequencer sequencer_;
  Instant now_;
};

TEST_F(ReceiveSequencerTest, AnyFirstNumberIsRight) {
  for (std::uint32_t first : {0U, 1U, 901U, 0xffffffffU}) {
    ReceiveSequencer fresh;
    PacketBatch ready;
    Packet packet = pool_.take();
    fresh.receive(std::move(packet), SequenceNumber(first), now_, ready, drops_);
    EXPECT_EQ(ready.size(), 1U) << first;
  }
}

TEST_F(ReceiveSequencerTest, PutsEarlyPacketsBackIntoOrder) {
  receive(0);
  receive(3);
  receive(2);
  EXPECT_EQ(delivered(), "00 ");
  receive(1);
  EXPECT_EQ(delivered(), "01 02 03 ");
  EXPECT_FALSE(sequencer_.deadline());
  EXPECT_EQ(sequencer_.reordered(), 2U);
}

TEST_F(ReceiveSequencerTest, GivesAGapUpWhenTheTimerSaysSoWithoutAnotherPacket) {
  receive(0);
  receive(2);
  receive(4);
  delivered();
  ASSERT_TRUE(sequencer_.deadline());
  EXPECT_LE(*sequencer_.deadline() - now_, milliseconds(20));
  pass(milliseconds(20));
  EXPECT_EQ(delivered(), "02 04 ");
  EXPECT_EQ(sequencer_.lost(), 2U);
  EXPECT_FALSE(sequencer_.deadline());
}

TEST_F(ReceiveSequencerTest, DropsDuplicateAfterDelivery) {
  receive(0);
  receive(1);
  receive(0);
  EXPECT_EQ(delivered(), "00 01 ");
  EXPECT_EQ(drops_[DropReason::gre_duplicate], 1U);
}

TEST_F(ReceiveSequencerTest, DropsDuplicateOfAHeldPacket) {
  receive(0);
  receive(2);
  receive(2);
  EXPECT_EQ(drops_[DropReason::gre_duplicate], 1U);
}

TEST_F(ReceiveSequencerTest, DropsLatePacketOnceItsGapIsGivenUp) {
  receive(0);
  receive(2);
  pass(milliseconds(20));
  receive(1);
  EXPECT_EQ(delivered(), "00 02 ");
  EXPECT_EQ(drops_[DropReason::gre_late], 1U);
}

TEST_F(ReceiveSequencerTest, WrapsAround) {
  receive(0xfffffffe);
  receive(0);
  receive(0xffffffff);
  EXPECT_EQ(delivered(), "fe ff 00 ");
}

TEST_F(ReceiveSequencerTest, HoldsNoMoreThanItsWindow) {
  receive(0);
  for (std::uint32_t number = 2; number < 60; ++number) receive(number);
  // Number 33 was a window ahead of the missing 1: all waiting ended there.
  EXPECT_EQ(ready_.size(), 59U);
  EXPECT_EQ(sequencer_.lost(), 1U);
}

TEST_F(ReceiveSequencerTest, AJumpAheadEndsAllWaiting) {
  receive(0);
  receive(2);
  receive(1000);
  EXPECT_EQ(delivered(), "00 02 e8 ");
  EXPECT_FALSE(sequencer_.deadline());
  receive(1001);
  EXPECT_EQ(delivered(), "e9 ");
}

TEST_F(ReceiveSequencerTest, BelievesAPeerThatStartsAgainAfterSilence) {
  receive(100000);
  receive(5);
  EXPECT_EQ(drops_[DropReason::gre_late], 1U);
  pass(seconds(2));
  receive(6);
  EXPECT_EQ(delivered(), "a0 06 ");
}

TEST_F(ReceiveSequencerTest, WaitsLessWherePacketsAreOnlyLost) {
  std::uint32_t number = 0;
  for (int i = 0; i < 50; ++i) {
    receive(number);
    receive(number + 2);
    number += 3;
    pass(milliseconds(50));
  }
  receive(number);
  receive(number + 2);
  EXPECT_EQ(*sequencer_.deadline() - now_, ReceiveSequencer::kShortestWait);
  // One late packet shows that patience pays here.
  pass(milliseconds(3));
  receive(number + 1);
  receive(number + 4);
  EXPECT_EQ(*sequencer_.deadline() - now_, ReceiveSequencer::kLongestWait);
}

}  // namespace
}  // namespace upptpd::gre
