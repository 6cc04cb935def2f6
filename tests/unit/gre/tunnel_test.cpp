#include "gre/tunnel.hpp"

#include <gtest/gtest.h>

namespace upptpd::gre {
namespace {

using std::chrono::milliseconds;

class TunnelTest : public testing::Test {
 protected:
  void receive(std::uint32_t number, View payload) {
    Header header;
    header.call_id = 1;
    header.payload_length = static_cast<std::uint16_t>(payload.size());
    header.sequence = SequenceNumber(number);
    Packet packet = pool_.take();
    ASSERT_TRUE(packet->assign(payload));
    serialise(header, packet->push_front(header.size()));
    tunnel_.receive(std::move(packet), header, now_, frames_, drops_);
  }

  Header sent() {
    Packet packet = pool_.take();
    check(packet->assign(from_hex("c021")));
    tunnel_.wrap(*packet);
    return parse(packet->view()).value();
  }

  PacketPool pool_{64};
  PacketBatch frames_;
  DropCounters drops_;
  Tunnel tunnel_{PeerCallId(0x44cb)};
  Instant now_;
};

TEST_F(TunnelTest, NumbersFromZeroAndNamesThePeersCall) {
  EXPECT_EQ(sent().sequence->value(), 0U);
  const Header second = sent();
  EXPECT_EQ(second.sequence->value(), 1U);
  EXPECT_EQ(second.call_id, 0x44cb);
  EXPECT_EQ(second.payload_length, 2);
}

TEST_F(TunnelTest, NeverAcknowledgesBeforeAnythingCame) { EXPECT_FALSE(sent().acknowledgment); }

TEST_F(TunnelTest, DataCarriesTheAcknowledgmentOnce) {
  receive(5, from_hex("ff03"));
  EXPECT_EQ(sent().acknowledgment->value(), 5U);
  EXPECT_FALSE(sent().acknowledgment);
  EXPECT_FALSE(tunnel_.deadline());
}

TEST_F(TunnelTest, AcknowledgesAloneWhenNothingElseGoesOut) {
  receive(5, from_hex("ff03"));
  EXPECT_EQ(tunnel_.deadline(), now_ + Acknowledger::kDelay);
  EXPECT_FALSE(tunnel_.due_acknowledgment(now_));
  now_ += Acknowledger::kDelay;
  const auto header = tunnel_.due_acknowledgment(now_);
  ASSERT_TRUE(header);
  Bytes packet(header->size());
  serialise(*header, packet);
  EXPECT_EQ(to_hex(packet), "2081880b000044cb00000005");
  EXPECT_FALSE(tunnel_.deadline());
}

TEST_F(TunnelTest, DoesNotLetMoreThanHalfAWindowWait) {
  for (std::uint32_t number = 0; number < Acknowledger::kMostUnacknowledged; ++number) {
    EXPECT_FALSE(tunnel_.due_acknowledgment(now_));
    receive(number, from_hex("ff03"));
  }
  EXPECT_TRUE(tunnel_.due_acknowledgment(now_));
}

TEST_F(TunnelTest, AcknowledgesAPeerThatCountsAnew) {
  receive(5000, from_hex("ff03"));
  EXPECT_EQ(sent().acknowledgment->value(), 5000U);
  now_ += ReceiveSequencer::kRestartSilence;
  receive(0, from_hex("ff03"));
  EXPECT_EQ(sent().acknowledgment->value(), 0U);
}

TEST_F(TunnelTest, DoesNotAcknowledgeWhatItDropped) {
  receive(5, from_hex("ff03"));
  receive(6, from_hex("ff03"));
  EXPECT_EQ(sent().acknowledgment->value(), 6U);
  receive(5, from_hex("ff03"));
  EXPECT_FALSE(sent().acknowledgment);
}

TEST_F(TunnelTest, DeliversThePayloadWithoutPadding) {
  Packet packet = pool_.take();
  ASSERT_TRUE(packet->assign(from_hex("3001 880b 0002 0001 00000000 c021 00000000")));
  const Header header = parse(packet->view()).value();
  tunnel_.receive(std::move(packet), header, now_, frames_, drops_);
  ASSERT_EQ(frames_.size(), 1U);
  EXPECT_EQ(to_hex(frames_[0]->view()), "c021");
}

}  // namespace
}  // namespace upptpd::gre
