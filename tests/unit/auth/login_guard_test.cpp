#include "auth/login_guard.hpp"

#include <gtest/gtest.h>

namespace upptpd::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Ipv4Address kHere(0xcb007105);
constexpr Ipv4Address kElsewhere(0xcb007106);

class LoginGuardTest : public testing::Test {
 protected:
  LoginGuard::Consequence fail(Ipv4Address from, const std::string& user) {
    return guard_.failed(from, user, now_);
  }

  LoginGuard guard_{{.failures = 10, .block_time = minutes(5)}};
  Instant now_ = Instant(std::chrono::hours(1));
};

TEST_F(LoginGuardTest, EachFailureMakesTheNextRefusalSlowerUpToALimit) {
  EXPECT_EQ(fail(kHere, "bob").delay, milliseconds(250));
  EXPECT_EQ(fail(kHere, "eve").delay, milliseconds(500));
  EXPECT_EQ(fail(kElsewhere, "eve").delay, milliseconds(500)) << "of the same user";
  for (int i = 0; i < 6; ++i) fail(kHere, "sue");
  EXPECT_EQ(fail(kHere, "joe").delay, seconds(2));
}

TEST_F(LoginGuardTest, TooManyFromAnAddressBlockItForAWhile) {
  for (int i = 1; i < 10; ++i) EXPECT_FALSE(fail(kHere, "bob").blocks) << i;
  EXPECT_FALSE(guard_.blocked(kHere, now_));
  EXPECT_TRUE(fail(kHere, "bob").blocks);
  EXPECT_TRUE(guard_.blocked(kHere, now_));
  EXPECT_FALSE(guard_.blocked(kElsewhere, now_));
  EXPECT_TRUE(guard_.blocked(kHere, now_ + minutes(5) - milliseconds(1)));
  EXPECT_FALSE(guard_.blocked(kHere, now_ + minutes(5)));
  now_ += minutes(5);
  EXPECT_FALSE(fail(kHere, "bob").blocks) << "it begins from nothing";
}

TEST_F(LoginGuardTest, AUserIsNeverBlocked) {
  for (std::uint32_t i = 0; i < 100; ++i) {
    const Ipv4Address from(0x0a000001 + i);
    EXPECT_FALSE(fail(from, "bob").blocks);
    EXPECT_FALSE(guard_.blocked(from, now_));
  }
}

// A router that dials once a minute with an old password.
TEST_F(LoginGuardTest, FailuresAreForgiven) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(fail(kHere, "router").blocks) << i;
    now_ += seconds(60);
  }
  for (int i = 0; i < 12; ++i) {
    fail(kHere, "router");
    now_ += seconds(20);
  }
  EXPECT_FALSE(guard_.blocked(kHere, now_));
  for (int i = 0; i < 15; ++i) {
    fail(kHere, "router");
    now_ += seconds(20);
  }
  EXPECT_TRUE(guard_.blocked(kHere, now_)) << "three a minute are more than are forgiven";
}

TEST_F(LoginGuardTest, WithoutALimitNobodyIsBlockedButSlow) {
  LoginGuard guard({.failures = 0});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(guard.failed(kHere, "bob", now_).blocks);
  EXPECT_FALSE(guard.blocked(kHere, now_));
  EXPECT_EQ(guard.failed(kHere, "bob", now_).delay, LoginGuard::kLongestDelay);
}

TEST(FailureCountsTest, ForgetsThoseThatWereQuietForLongest) {
  using Counts = FailureCounts<Ipv4Address>;
  Counts counts{minutes(1), 5};
  const Instant now;
  for (std::uint32_t i = 0; i < Counts::kMostKept; ++i) counts.add(Ipv4Address(i), now);
  EXPECT_EQ(counts.add(Ipv4Address(0), now).failures, 2U);
  counts.add(Ipv4Address(0xffff), now);
  EXPECT_EQ(counts.size(), Counts::kMostKept);
  EXPECT_EQ(counts.add(Ipv4Address(0), now).failures, 3U);
  EXPECT_EQ(counts.add(Ipv4Address(1), now).failures, 1U) << "it was the one that went";
}

}  // namespace
}  // namespace upptpd::auth
