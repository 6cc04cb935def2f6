#include "core/serial_number.hpp"

#include <gtest/gtest.h>

namespace upptpd {
namespace {

using Sequence = Serial<struct SequenceTag, std::uint32_t, 32>;
using Count = Serial<struct CountTag, std::uint16_t, 12>;

TEST(SerialNumber, WrapsAtItsWidth) {
  EXPECT_EQ(Count(0xfff).next(), Count(0));
  EXPECT_EQ(Sequence(0xffffffff).next(), Sequence(0));
  EXPECT_EQ(Count(0x1234).value(), 0x234);
}

TEST(SerialNumber, IsAfterLooksHalfACircleAhead) {
  EXPECT_TRUE(Count(0).is_after(Count(0xfff)));
  EXPECT_FALSE(Count(0xfff).is_after(Count(0)));
  EXPECT_FALSE(Count(7).is_after(Count(7)));
  EXPECT_TRUE(Sequence(0x80000000 - 1).is_after(Sequence(0)));
  EXPECT_FALSE(Sequence(0x80000000).is_after(Sequence(0)));
}

TEST(SerialNumber, DistanceCountsForward) {
  EXPECT_EQ(Count(2).distance_from(Count(0xffe)), 4U);
  EXPECT_EQ(Count(0xffe).distance_from(Count(2)), 0xffcU);
  EXPECT_EQ(Sequence(1).distance_from(Sequence(0xffffffff)), 2U);
}

}  // namespace
}  // namespace upptpd
