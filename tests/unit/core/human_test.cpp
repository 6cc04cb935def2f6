#include "core/human.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace upptpd {
namespace {

TEST(HumanSize, RoundsDownAtEveryBoundary) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(999), "999 B");
  EXPECT_EQ(human_size(1000), "1.0 kB");
  EXPECT_EQ(human_size(1099), "1.0 kB");
  EXPECT_EQ(human_size(1100), "1.1 kB");
  EXPECT_EQ(human_size(9999), "9.9 kB");
  EXPECT_EQ(human_size(10'000), "10 kB");
  EXPECT_EQ(human_size(999'999), "999 kB");
  EXPECT_EQ(human_size(1'000'000), "1.0 MB");
  EXPECT_EQ(human_size(999'999'999'999), "999 GB");
  EXPECT_EQ(human_size(std::numeric_limits<std::uint64_t>::max()), "18 EB");
}

TEST(HumanDuration, ShowsTheTwoLargestParts) {
  EXPECT_EQ(human_duration(0), "0s");
  EXPECT_EQ(human_duration(59), "59s");
  EXPECT_EQ(human_duration(60), "1m 0s");
  EXPECT_EQ(human_duration(3599), "59m 59s");
  EXPECT_EQ(human_duration(3600), "1h 0m");
  EXPECT_EQ(human_duration(86399), "23h 59m");
  EXPECT_EQ(human_duration(86400), "1d 0h");
  EXPECT_EQ(human_duration(86400 * 400 + 3600 * 23), "400d 23h");
}

}  // namespace
}  // namespace upptpd
