#include "admin/human.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace upptpd::admin {
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

TEST(UtcText, IsIso8601) {
  EXPECT_EQ(utc_text(std::chrono::system_clock::from_time_t(1'795'336'560)),
            "2026-11-22T08:36:00Z");
}

TEST(Shown, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(shown("bob", 8), "bob");
  EXPECT_EQ(shown("\x1b[2J", 20), "\\x1b[2J");
  EXPECT_EQ(shown("a\nb", 20), "a\\x0ab");
  EXPECT_EQ(shown("\xc2\x9b", 20), "\\xc2\\x9b") << "a C1 control";
}

TEST(Shown, IsCutByDisplayedCharacters) {
  EXPECT_EQ(shown("12345678", 8), "12345678");
  EXPECT_EQ(shown("123456789", 8), "1234567…");
  EXPECT_EQ(displayed_width(shown("123456789", 8)), 8U);
}

TEST(Padding, CountsDisplayedCharacters) {
  EXPECT_EQ(left("a…", 4), "a…  ");
  EXPECT_EQ(right("a…", 4), "  a…");
  EXPECT_EQ(right("12345", 4), "12345");
}

}  // namespace
}  // namespace upptpd::admin
