#include "ppp/option.hpp"

#include <gtest/gtest.h>

namespace upptpd::ppp {
namespace {

TEST(Options, KeepTheirOrderAndRepetitions) {
  const Bytes list = from_hex("0104 0578 0702 0802 0702");
  const auto options = parse_options(list);
  ASSERT_TRUE(options);
  ASSERT_EQ(options->size(), 4U);
  EXPECT_EQ((*options)[0].type, 1);
  EXPECT_EQ((*options)[0].as_u16(), 1400);
  EXPECT_EQ((*options)[1].type, 7);
  EXPECT_TRUE((*options)[1].data.empty());
  EXPECT_EQ((*options)[2].type, 8);
  EXPECT_EQ((*options)[3].type, 7);
}

TEST(Options, AnEmptyListIsAList) {
  const auto options = parse_options({});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->empty());
}

TEST(Options, WithAnImpossibleLengthAreNoneAtAll) {
  // No length, 0, 1, one too many, far too many, and the same behind a good one.
  for (const char* bad : {"01", "0100", "0101", "0103", "010405", "01ff0578", "0702 0100",
                          "0702 0101", "0702 08", "0702 0104ff"}) {
    EXPECT_FALSE(parse_options(from_hex(bad))) << bad;
  }
}

TEST(Options, AreNumbersOnlyInTheirOwnSize) {
  const Bytes list = from_hex("0104 1234 0506 12345678 0503 12 0702");
  const auto options = parse_options(list).value();
  EXPECT_EQ(options[0].as_u16(), 0x1234);
  EXPECT_FALSE(options[0].as_u32());
  EXPECT_EQ(options[1].as_u32(), 0x12345678U);
  EXPECT_FALSE(options[1].as_u16());
  EXPECT_FALSE(options[2].as_u16());
  EXPECT_FALSE(options[2].as_u32());
  EXPECT_FALSE(options[3].as_u16());
}

TEST(OptionList, WritesWhatIsReadBack) {
  OptionList list;
  EXPECT_TRUE(list.empty());
  list.add_u16(1, 1400).add_u32(5, 0xdeadbeef).add(7);
  EXPECT_EQ(to_hex(list.bytes()), "010405780506deadbeef0702");
  EXPECT_EQ(parse_options(list.bytes())->size(), 3U);
}

}  // namespace
}  // namespace upptpd::ppp
