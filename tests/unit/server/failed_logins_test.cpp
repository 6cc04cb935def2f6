// What becomes of those who guess, and of those beside them.
#include <gtest/gtest.h>

#include "unit/server/virtual_server.hpp"

namespace upptpd::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class FailedLoginsTest : public testing::Test {
 protected:
  static constexpr std::uint16_t kHere = 20;
  static constexpr std::uint16_t kElsewhere = 21;

  void SetUp() override {
    if (!VirtualServer::obstacle().empty()) GTEST_SKIP() << VirtualServer::obstacle();
    config::Config config;
    config.network.client_ips = {
        {*Ipv4Address::parse("10.0.0.10"), *Ipv4Address::parse("10.0.0.12")}};
    config.network.interface = "pptptest0";
    config.ppp.lcp_echo_interval = seconds(0);
    config.limits.login_failures = 3;
    server_.emplace(config, "bob * secret *\n");
  }

  VirtualClient& dial(std::uint16_t from, const std::string& password,
                      const std::string& user = "bob") {
    session::ClientProfile profile;
    profile.name = user;
    profile.password = password;
    return server_->call(profile, from);
  }
  [[nodiscard]] std::size_t refusals() {
    const std::string log = server_->log();
    std::size_t count = 0;
    for (std::size_t at = 0;
         (at = log.find("event=authentication_failed", at)) != std::string::npos; ++at) {
      ++count;
    }
    return count;
  }

  std::optional<VirtualServer> server_;
};

TEST_F(FailedLoginsTest, ARefusalIsHeldBackForBothKindsOfUser) {
  for (const char* user : {"bob", "nobody"}) {
    const std::size_t before = refusals();
    dial(user[0] == 'b' ? kHere : kElsewhere, "wrong", user);
    server_->run(milliseconds(249));
    EXPECT_EQ(refusals(), before) << user;
    server_->run(milliseconds(1));
    EXPECT_EQ(refusals(), before + 1) << user;
  }
}

TEST_F(FailedLoginsTest, ARightPasswordIsNotHeldBack) {
  dial(kHere, "wrong");
  server_->run(seconds(3));
  const VirtualClient& client = dial(kHere, "secret");
  server_->run(milliseconds(10));
  EXPECT_EQ(server_->address(client), "10.0.0.10");
}

TEST_F(FailedLoginsTest, ABlockedAddressIsRefusedWhateverItKnowsAndOthersAreNot) {
  for (int i = 0; i < 3; ++i) {
    dial(kHere, "wrong");
    server_->run(seconds(3));
  }
  EXPECT_NE(server_->log().find("event=address_blocked peer=203.0.113.20 failed_logins=3 "
                                "seconds=300"),
            std::string::npos);
  // On a connection that was there before, for instance.
  const VirtualClient& late = dial(kHere, "secret");
  server_->run(seconds(3));
  EXPECT_EQ(server_->address(late), "none");
  EXPECT_NE(server_->log().find("too many logins from this address have failed"),
            std::string::npos);
  const VirtualClient& other = dial(kElsewhere, "secret");
  server_->run(milliseconds(10));
  EXPECT_EQ(server_->address(other), "10.0.0.10");

  server_->run(minutes(5));
  const VirtualClient& again = dial(kHere, "secret");
  server_->run(milliseconds(10));
  EXPECT_NE(server_->address(again), "none");
}

TEST_F(FailedLoginsTest, WhoIsConnectedFromABlockedAddressStays) {
  const VirtualClient& client = dial(kHere, "secret");
  server_->run(milliseconds(10));
  for (int i = 0; i < 5; ++i) {
    server_->services().guard.failed(client.peer, "eve", Instant(std::chrono::hours(1)));
  }
  server_->run(seconds(10));
  EXPECT_EQ(server_->address(client), "10.0.0.10");
}

TEST_F(FailedLoginsTest, WhoHangsUpBeforeTheRefusalIsToldOfAllTheSame) {
  VirtualClient& client = dial(kHere, "wrong");
  server_->run(milliseconds(100));
  EXPECT_EQ(refusals(), 0U);
  server_->clear(client);
  EXPECT_EQ(refusals(), 1U);
  server_->run(seconds(10));
  EXPECT_EQ(server_->calls(), 0U);
  EXPECT_EQ(refusals(), 1U);
}

TEST_F(FailedLoginsTest, AConnectionOnWhichNobodyLogsInIsClosed) {
  const Instant began = Instant(std::chrono::hours(1));
  VirtualClient& silent = dial(kHere, "secret");
  silent.cut = true;
  VirtualClient& client = dial(kElsewhere, "secret");
  server_->run(milliseconds(10));
  for (VirtualClient* each : {&silent, &client}) each->channel.advance(began + seconds(59));
  EXPECT_EQ(server_->calls(), 2U);
  for (VirtualClient* each : {&silent, &client}) each->channel.advance(began + seconds(61));
  EXPECT_EQ(server_->calls(), 1U);
  EXPECT_NE(server_->log().find("event=login_timeout peer=203.0.113.20"), std::string::npos);
  EXPECT_EQ(server_->address(client), "10.0.0.10");
}

// It has no deadline that lies behind, which would be one for ever.
TEST_F(FailedLoginsTest, AClosedConnectionWaitsForNoLogin) {
  const Instant closed_at = Instant(std::chrono::hours(1)) + seconds(60);
  VirtualClient& client = dial(kHere, "secret");
  client.channel.peer_closed(closed_at);
  ASSERT_TRUE(client.channel.closed());
  const Deadline last = client.channel.deadline();
  ASSERT_TRUE(last);
  EXPECT_GT(*last, closed_at);
  client.channel.advance(*last);
  EXPECT_TRUE(client.channel.unheard());
  EXPECT_EQ(client.channel.deadline(), Deadline());
}

TEST_F(FailedLoginsTest, WhenTheLastSessionIsOverSomebodyHasToLogInAgain) {
  const Instant began = Instant(std::chrono::hours(1));
  VirtualClient& client = dial(kHere, "secret");
  server_->run(seconds(100));
  ASSERT_EQ(server_->address(client), "10.0.0.10");
  server_->clear(client);
  client.channel.advance(began + seconds(159));
  EXPECT_EQ(server_->log().find("event=login_timeout"), std::string::npos);
  client.channel.advance(began + seconds(161));
  EXPECT_NE(server_->log().find("event=login_timeout"), std::string::npos);
}

}  // namespace
}  // namespace upptpd::server
