#include <gtest/gtest.h>

#include "session/session.hpp"

namespace upptpd::session {
namespace {

class Zeros : public RandomSource {
 public:
  void fill(MutableView out) override { std::fill(out.begin(), out.end(), std::uint8_t{0}); }
};

// A deadline that stays due would keep the event loop busy for ever.
TEST(SessionWithoutBuffers, AnAcknowledgmentThatCannotBeSentIsNotWaitedFor) {
  const crypto::Library library = crypto::Library::load().value();
  Zeros random;
  PacketPool pool(1);  // taken by our first Configure-Request
  PacketPool arriving(1);
  Traffic traffic;
  Instant now;
  Session session({}, {library, random, pool, traffic}, now);
  ASSERT_EQ(pool.available(), 0U);

  Packet packet = arriving.take();
  ASSERT_TRUE(packet->assign(from_hex("3001 880b 0002 0001 00000000 c021")));
  const auto header = gre::parse(packet->view());
  session.receive(std::move(packet), *header, now);
  ASSERT_TRUE(session.deadline());
  now = *session.deadline();
  session.advance(now);
  EXPECT_GT(*session.deadline(), now);
  EXPECT_EQ(session.statistics().drops[DropReason::no_buffer], 1U);
}

}  // namespace
}  // namespace upptpd::session
