#include "core/packet_buffer.hpp"

#include <gtest/gtest.h>

namespace upptpd {
namespace {

TEST(PacketBuffer, HeadersGoBeforeTheContents) {
  PacketPool pool(1);
  Packet packet = pool.take();
  ASSERT_TRUE(packet->assign(from_hex("aabb")));
  packet->push_front(1)[0] = 0x11;
  EXPECT_EQ(to_hex(packet->view()), "11aabb");
  packet->pop_front(2);
  EXPECT_EQ(to_hex(packet->view()), "bb");
}

TEST(PacketBuffer, RefusesWhatDoesNotFit) {
  PacketPool pool(1);
  Packet packet = pool.take();
  EXPECT_FALSE(packet->assign(Bytes(PacketBuffer::kRoom + 1)));
  EXPECT_EQ(packet->size(), 0U);
}

TEST(PacketPool, IsBoundedAndGetsItsBuffersBack) {
  PacketPool pool(2);
  Packet first = pool.take();
  Packet second = pool.take();
  EXPECT_EQ(pool.take(), nullptr);
  first.reset();
  EXPECT_NE(pool.take(), nullptr);
}

}  // namespace
}  // namespace upptpd
