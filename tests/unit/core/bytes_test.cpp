#include "core/bytes.hpp"

#include <gtest/gtest.h>

#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd {
namespace {

TEST(Bytes, HexRoundTrip) {
  EXPECT_EQ(to_hex(from_hex("00 fF 10")), "00ff10");
  EXPECT_EQ(to_upper_hex(from_hex("abcd")), "ABCD");
  EXPECT_TRUE(from_hex("abc").empty());
  EXPECT_TRUE(from_hex("zz").empty());
}

TEST(Bytes, PrintableShowsWhatALogMayHold) {
  EXPECT_EQ(printable("user\n\\\x80"), "user\\x0a\\\\\\x80");
  EXPECT_EQ(printable(std::string(100, 'a'), 4), "aaaa...");
}

TEST(Reader, ReadsBigEndianFields) {
  const Bytes bytes = from_hex("01 0203 04050607 0809");
  Reader reader(bytes);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_EQ(to_hex(reader.rest()), "0809");
  EXPECT_TRUE(reader.ok());
}

TEST(Reader, StaysFailedAfterReadingPastTheEnd) {
  const Bytes bytes = from_hex("0102");
  Reader reader(bytes);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
}

TEST(Writer, WritesFieldsAndPadsTexts) {
  Bytes space(9);
  Writer writer(space);
  writer.u8(1);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.text("abc", 2);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(to_hex(writer.written()), "010203040506076162");
}

TEST(Writer, WritesNothingPastTheEnd) {
  Bytes space(3);
  Writer writer(space);
  writer.u16(0xffff);
  writer.u16(0xffff);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(to_hex(writer.written()), "ffff");
}

}  // namespace
}  // namespace upptpd
