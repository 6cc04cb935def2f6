#include "server/deadline_queue.hpp"

#include <gtest/gtest.h>

namespace upptpd::server {
namespace {

Instant at(int milliseconds) { return Instant(std::chrono::milliseconds(milliseconds)); }

TEST(DeadlineQueue, GivesKeysInTheOrderOfTheirDeadlines) {
  DeadlineQueue<int> queue;
  queue.schedule(1, at(30));
  queue.schedule(2, at(10));
  queue.schedule(3, {});
  EXPECT_EQ(queue.next(), at(10));
  EXPECT_FALSE(queue.pop_due(at(9)));
  EXPECT_EQ(queue.pop_due(at(50)), 2);
  EXPECT_EQ(queue.pop_due(at(50)), 1);
  EXPECT_FALSE(queue.pop_due(at(50)));
  EXPECT_FALSE(queue.next());
}

TEST(DeadlineQueue, AnEarlierDeadlineReplacesALaterOne) {
  DeadlineQueue<int> queue;
  queue.schedule(1, at(30));
  queue.schedule(1, at(10));
  EXPECT_EQ(queue.pop_due(at(10)), 1);
  EXPECT_FALSE(queue.pop_due(at(30)));
}

TEST(DeadlineQueue, ALaterDeadlineIsAskedForAgainWhenTheEarlierOneComes) {
  DeadlineQueue<int> queue;
  queue.schedule(1, at(10));
  queue.schedule(1, at(30));
  EXPECT_EQ(queue.pop_due(at(10)), 1);
  queue.schedule(1, at(30));
  EXPECT_EQ(queue.pop_due(at(30)), 1);
}

TEST(DeadlineQueue, MovingADeadlineOnAndOnDoesNotGrow) {
  DeadlineQueue<int> queue;
  for (int i = 0; i < 1000; ++i) queue.schedule(1, at(i % 2 == 0 ? 2000 - i : 2000 + i));
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.pop_due(at(5000)), 1);
  EXPECT_FALSE(queue.pop_due(at(5000)));
}

}  // namespace
}  // namespace upptpd::server
