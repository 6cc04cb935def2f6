#include "server/admission.hpp"

#include <gtest/gtest.h>

namespace upptpd::server {
namespace {

using std::chrono::minutes;

class AdmissionTest : public testing::Test {
 protected:
  AdmissionTest() {
    limits_.prelogin = 6;
    limits_.prelogin_per_address = 2;
    limits_.prelogin_per_network = 4;
    testing::internal::CaptureStderr();
  }
  ~AdmissionTest() override { testing::internal::GetCapturedStderr(); }

  /// A connection; which one has to go for it: 0 for none.
  std::uint64_t enter(const char* from) {
    const auto out = admission_.entered(ConnectionId(++last_), *Ipv4Address::parse(from), now_);
    return out ? out->value() : 0;
  }
  std::uint64_t make_room(const char* from) {
    const auto out =
        admission_.make_room(*Ipv4Address::parse(from), now_, [](ConnectionId) { return true; });
    return out ? out->value() : 0;
  }
  [[nodiscard]] bool admits(const char* from) {
    return admission_.admits(*Ipv4Address::parse(from), now_);
  }
  std::string log() {
    std::string text = testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
    return text;
  }

  config::LimitsConfig limits_;
  auth::LoginGuard guard_{{.failures = 1}};
  observe::Log log_;
  Admission admission_{limits_, guard_, log_};
  Instant now_ = Instant(std::chrono::hours(1));
  std::uint64_t last_ = 0;
};

TEST_F(AdmissionTest, AnAddressWithTooManyLosesItsOldest) {
  EXPECT_EQ(enter("192.0.2.1"), 0U);
  EXPECT_EQ(enter("198.51.100.1"), 0U);
  EXPECT_EQ(enter("198.51.100.1"), 0U);
  EXPECT_EQ(enter("198.51.100.1"), 2U);
  EXPECT_EQ(enter("198.51.100.1"), 3U);
  EXPECT_EQ(admission_.counts().crowded_out, 2U);
}

TEST_F(AdmissionTest, ANetworkWithTooManyLosesItsOldest) {
  EXPECT_EQ(enter("192.0.2.1"), 0U);
  for (const char* from : {"198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.255"}) {
    EXPECT_EQ(enter(from), 0U) << from;
  }
  EXPECT_EQ(enter("198.51.100.4"), 2U);
  EXPECT_EQ(enter("198.51.101.4"), 0U) << "another network";
}

TEST_F(AdmissionTest, WhenThereAreTooManyInAllTheOldestGoes) {
  for (const char* from :
       {"10.0.0.1", "10.0.1.1", "10.0.2.1", "10.0.3.1", "10.0.4.1", "10.0.5.1"}) {
    EXPECT_EQ(enter(from), 0U) << from;
  }
  EXPECT_EQ(enter("10.0.6.1"), 1U);
  EXPECT_EQ(make_room("192.0.2.1"), 2U);
  EXPECT_EQ(make_room("10.0.4.1"), 5U) << "who asks pays, if he can";
  EXPECT_EQ(make_room("10.0.5.77"), 6U) << "or his neighbours";
}

TEST_F(AdmissionTest, AnAddressThatComesAgainAndAgainMakesRoomForOthers) {
  limits_.prelogin = limits_.prelogin_per_address = limits_.prelogin_per_network = 100;
  const auto make_room_from_most = [&] {
    const auto out =
        admission_.make_room_from_most(now_, [](ConnectionId id) { return id.value() != 2; });
    return out ? out->value() : 0;
  };
  for (int i = 0; i < 4; ++i) enter("192.0.2.1");
  for (int i = 0; i < 9; ++i) enter("192.0.2.2");
  EXPECT_EQ(make_room_from_most(), 5U);
  EXPECT_EQ(make_room_from_most(), 0U) << "eight may be those behind one router";
  for (int i = 0; i < 6; ++i) enter("192.0.2.1");
  EXPECT_EQ(make_room_from_most(), 1U) << "nine of those that count";
}

TEST_F(AdmissionTest, ANetworkWhoseAddressesTakeTurnsMakesRoomForOthers) {
  limits_.prelogin = limits_.prelogin_per_address = limits_.prelogin_per_network = 100;
  const auto make_room_from_most = [&] {
    const auto out = admission_.make_room_from_most(now_, [](ConnectionId) { return true; });
    return out ? out->value() : 0;
  };
  enter("198.51.100.1");
  for (int i = 0; i < 33; ++i) enter(("192.0.2." + std::to_string(i / 8)).c_str());
  EXPECT_EQ(make_room_from_most(), 2U);
  EXPECT_EQ(make_room_from_most(), 0U);
}

TEST_F(AdmissionTest, WhoHasLoggedInNoLongerCounts) {
  enter("192.0.2.1");
  enter("192.0.2.1");
  admission_.passed(ConnectionId(1));
  EXPECT_EQ(enter("192.0.2.1"), 0U);
  for (std::uint64_t id : {2U, 3U}) admission_.passed(ConnectionId(id));
  EXPECT_EQ(make_room("192.0.2.1"), 0U) << "nobody is sent away who has logged in";
}

TEST_F(AdmissionTest, WhoIsLoggedInNoLongerCountsAgain) {
  enter("192.0.2.1");
  enter("192.0.2.1");
  admission_.passed(ConnectionId(1));
  admission_.waits_again(ConnectionId(1), *Ipv4Address::parse("192.0.2.1"));
  admission_.waits_again(ConnectionId(1), *Ipv4Address::parse("192.0.2.1"));
  EXPECT_EQ(enter("192.0.2.1"), 1U) << "it is the oldest still";
}

TEST_F(AdmissionTest, TellsOfACrowdOnceAMinute) {
  for (int i = 0; i < 20; ++i) enter("192.0.2.1");
  EXPECT_NE(log().find("event=many_connections without_login=3 "
                       "limit=limits.prelogin_per_address"),
            std::string::npos);
  enter("192.0.2.1");
  EXPECT_EQ(log(), "");
  now_ += minutes(1);
  enter("192.0.2.1");
  EXPECT_NE(log(), "");
}

TEST_F(AdmissionTest, AllowAndDeny) {
  EXPECT_TRUE(admits("192.0.2.1"));
  limits_.deny = {*Ipv4Network::parse("192.0.2.0/24")};
  EXPECT_FALSE(admits("192.0.2.1"));
  EXPECT_TRUE(admits("192.0.3.1"));
  limits_.allow = {*Ipv4Network::parse("192.0.0.0/16"), *Ipv4Network::parse("10.1.1.1")};
  EXPECT_TRUE(admits("192.0.3.1"));
  EXPECT_TRUE(admits("10.1.1.1"));
  EXPECT_FALSE(admits("10.1.1.2"));
  EXPECT_FALSE(admits("192.0.2.1")) << "denied out of what is allowed";
  EXPECT_EQ(admission_.counts().not_allowed, 3U);
}

TEST_F(AdmissionTest, BlockedAddressesAreNotListenedTo) {
  guard_.failed(*Ipv4Address::parse("192.0.2.1"), "bob", now_);
  EXPECT_FALSE(admits("192.0.2.1"));
  EXPECT_TRUE(admits("192.0.2.2"));
  EXPECT_EQ(admission_.counts().blocked, 1U);
  now_ += minutes(5);
  EXPECT_TRUE(admits("192.0.2.1"));
}

}  // namespace
}  // namespace upptpd::server
