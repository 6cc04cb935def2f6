#include "observe/line.hpp"

#include <gtest/gtest.h>

namespace upptpd::observe {
namespace {

TEST(Line, IsOneLineOfPairs) {
  EXPECT_EQ(Line("connected").add("call", 7).add("client_ip", "10.0.0.1").text(),
            "event=connected call=7 client_ip=10.0.0.1");
}

TEST(Line, APeerCanNeitherForgeNorBreakIt) {
  EXPECT_EQ(Line("x").add("name", "a b").text(), "event=x name=\"a b\"");
  EXPECT_EQ(Line("x").add("name", "").text(), "event=x name=\"\"");
  EXPECT_EQ(Line("x").add("name", "bob\nevent=connected").text(),
            "event=x name=\"bob\\x0aevent=connected\"");
  EXPECT_EQ(Line("x").add("name", "a\" user=root").text(), "event=x name=\"a\\\" user=root\"");
}

}  // namespace
}  // namespace upptpd::observe
