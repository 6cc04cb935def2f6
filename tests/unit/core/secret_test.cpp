#include "core/secret.hpp"

#include <gtest/gtest.h>

namespace upptpd {
namespace {

TEST(Secret, ComparesByValue) {
  const Secret<2> a(std::array<std::uint8_t, 2>{1, 2});
  const Secret<2> b(std::array<std::uint8_t, 2>{1, 3});
  EXPECT_TRUE(a == a);
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(equal_in_constant_time(Bytes{1}, Bytes{1, 2}));
}

TEST(Secret, WipeOverwrites) {
  Bytes bytes{1, 2, 3};
  wipe(bytes);
  EXPECT_EQ(bytes, (Bytes{0, 0, 0}));
}

TEST(SecretString, MovesWithoutLeavingACopy) {
  SecretString a(std::string("pw"));
  SecretString b(std::move(a));
  EXPECT_EQ(b.reveal(), "pw");
  EXPECT_EQ(a.reveal(), "");  // NOLINT(bugprone-use-after-move): that it is empty is the point
}

}  // namespace
}  // namespace upptpd
