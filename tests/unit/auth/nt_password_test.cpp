#include "auth/nt_password.hpp"

#include <gtest/gtest.h>

namespace upptpd::auth {
namespace {

std::string utf16le_of(std::string_view password) { return to_hex(password_to_utf16le(password)); }

TEST(PasswordToUtf16le, TakesUtf8) {
  EXPECT_EQ(utf16le_of(""), "");
  EXPECT_EQ(utf16le_of("aZ"), "61005a00");
  EXPECT_EQ(utf16le_of("\xc3\xa4"), "e400");
  EXPECT_EQ(utf16le_of("\xe2\x82\xac"), "ac20");
  EXPECT_EQ(utf16le_of("\xf0\x9f\x94\x91"), "3dd811dd");  // beyond 16 bits
  EXPECT_EQ(utf16le_of("\xf4\x8f\xbf\xbf"), "ffdbffdf");  // the last code point
}

TEST(PasswordToUtf16le, TakesAllOfItAsLatin1WhereAnyOfItIsNotUtf8) {
  EXPECT_EQ(utf16le_of("\xe4"), "e400");
  EXPECT_EQ(utf16le_of("\xe2\x82"), "e2008200");                  // cut short
  EXPECT_EQ(utf16le_of("\xc0\xaf"), "c000af00");                  // not the shortest form
  EXPECT_EQ(utf16le_of("\xe0\x9f\xbf"), "e0009f00bf00");          // nor this
  EXPECT_EQ(utf16le_of("\xed\xa0\x80"), "ed00a0008000");          // a surrogate
  EXPECT_EQ(utf16le_of("\xf4\x90\x80\x80"), "f400900080008000");  // beyond the last code point
  EXPECT_EQ(utf16le_of("\xc3\xa4\xff"), "c300a400ff00");
}

std::optional<std::string> utf8_of(const char* hex) { return utf16le_to_utf8(from_hex(hex)); }

TEST(Utf16leToUtf8, TakesEveryLengthOfCodePoint) {
  EXPECT_EQ(utf8_of(""), "");
  EXPECT_EQ(utf8_of("61007f00"), "a\x7f");
  EXPECT_EQ(utf8_of("8000ff07"), "\xc2\x80\xdf\xbf");
  EXPECT_EQ(utf8_of("0008ffff"), "\xe0\xa0\x80\xef\xbf\xbf");
  EXPECT_EQ(utf8_of("00d800dcffdbffdf"), "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

TEST(Utf16leToUtf8, TakesNeitherHalfAUnitNorHalfAPairNorNul) {
  EXPECT_FALSE(utf8_of("61"));
  EXPECT_FALSE(utf8_of("610062"));
  EXPECT_FALSE(utf8_of("610000006200"));
  EXPECT_FALSE(utf8_of("3dd8"));      // high, and the end
  EXPECT_FALSE(utf8_of("3dd86100"));  // high, and no low
  EXPECT_FALSE(utf8_of("3dd83dd8"));  // high, high
  EXPECT_FALSE(utf8_of("11dd6100"));  // low first
}

TEST(Utf16leToUtf8, UndoesPasswordToUtf16leForAllOf16BitsAndSamplesBeyond) {
  for (char32_t point = 1; point < 0x110000; point += point < 0x10000 ? 1 : 61) {
    if (point >= 0xd800 && point < 0xe000) continue;
    Bytes units;
    const auto append = [&units](char32_t unit) {
      units.push_back(static_cast<std::uint8_t>(unit & 0xff));
      units.push_back(static_cast<std::uint8_t>(unit >> 8));
    };
    if (point < 0x10000) {
      append(point);
    } else {
      append(0xd800 + (point - 0x10000) / 0x400);
      append(0xdc00 + point % 0x400);
    }
    const auto text = utf16le_to_utf8(units);
    ASSERT_TRUE(text) << std::hex << static_cast<unsigned>(point);
    ASSERT_EQ(password_to_utf16le(*text), units) << std::hex << static_cast<unsigned>(point);
  }
}

}  // namespace
}  // namespace upptpd::auth
