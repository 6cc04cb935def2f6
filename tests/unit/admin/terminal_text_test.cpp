#include "admin/terminal_text.hpp"

#include <gtest/gtest.h>

namespace upptpd::admin {
namespace {

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
