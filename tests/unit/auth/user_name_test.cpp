#include "auth/user_name.hpp"

#include <gtest/gtest.h>

namespace upptpd::auth {
namespace {

TEST(UserName, LosesItsDomain) { EXPECT_EQ(without_domain("DOMAIN\\bob"), "bob"); }

TEST(UserName, BeginsAfterTheLastBackslash) {
  EXPECT_EQ(without_domain("FOREST\\DOMAIN\\bob"), "bob");
}

TEST(UserName, WithoutDomainStaysAsItIs) {
  EXPECT_EQ(without_domain("bob"), "bob");
  EXPECT_EQ(without_domain(""), "");
}

TEST(UserName, KeepsARealm) {
  EXPECT_EQ(without_domain("bob@example.org"), "bob@example.org");
  EXPECT_EQ(without_domain("DOMAIN\\bob@example.org"), "bob@example.org");
}

TEST(UserName, LosesAnEmptyOrBlankDomain) {
  EXPECT_EQ(without_domain("\\user"), "user");
  EXPECT_EQ(without_domain(" \\user"), "user");
}

TEST(UserName, MayBeEmptyAfterTheDomain) { EXPECT_EQ(without_domain("DOMAIN\\"), ""); }

TEST(UserName, KeepsSlashesAndCase) { EXPECT_EQ(without_domain("a/b\\Bob"), "Bob"); }

}  // namespace
}  // namespace upptpd::auth
