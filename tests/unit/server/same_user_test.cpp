#include <gtest/gtest.h>

#include "unit/server/virtual_server.hpp"

namespace upptpd::server {
namespace {

using config::SameUser;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// LCP options other than those that a client begins with.
constexpr const char* kOtherLink = "0104 0578 0506 12345678";

class SameUserTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!VirtualServer::obstacle().empty()) GTEST_SKIP() << VirtualServer::obstacle();
    config_.network.client_ips = {
        {*Ipv4Address::parse("10.0.0.10"), *Ipv4Address::parse("10.0.0.12")}};
    config_.network.interface = "pptptest0";
    config_.ppp.lcp_echo_interval = seconds(0);
  }

  VirtualServer& serve(SameUser policy) {
    config_.auth.same_user = policy;
    return server_.emplace(config_,
                           "bob * secret *\neve * secret *\nsue * secret *\n"
                           "fix * secret 172.16.0.5\nnil * secret\n");
  }

  VirtualClient& connect(const std::string& user) {
    VirtualClient& client = server_->call(user);
    server_->run(milliseconds(10));
    return client;
  }
  [[nodiscard]] std::string address(const VirtualClient& client) const {
    return server_->address(client);
  }

  /// The client was told on both connections that its call is over.
  static void expect_told(const VirtualClient& client) {
    EXPECT_EQ(client.ppp.terminate_requests(), 1U);
    const auto notice = client.heard_last<control::CallDisconnectNotify>();
    ASSERT_TRUE(notice);
    EXPECT_EQ(notice->result, control::CallDisconnectResult::administrative_shutdown);
  }

  config::Config config_;
  std::optional<VirtualServer> server_;
};

TEST_F(SameUserTest, ReplaceEndsTheEarlierSessionAndItsAddressIsFreeAtOnce) {
  VirtualServer& server = serve(SameUser::replace);
  const VirtualClient& first = connect("bob");
  const VirtualClient& eve = connect("eve");
  EXPECT_EQ(address(first), "10.0.0.10");
  const VirtualClient& second = connect("bob");
  EXPECT_EQ(address(second), "10.0.0.10");
  EXPECT_EQ(address(eve), "10.0.0.11");
  EXPECT_EQ(server.find(first), nullptr);
  expect_told(first);
  EXPECT_NE(server.log().find("the same user logged in again"), std::string::npos);
}

TEST_F(SameUserTest, WhatAHookSaysOfTheUserBeforeIsNoAnswer) {
  config_.hooks.ip_pre_up = "/bin/true";
  VirtualServer& server = serve(SameUser::replace);
  VirtualClient& client = connect("bob");
  client.ppp.set_name("nil");  // whose line permits no address
  client.ppp.restart_lcp(kOtherLink, server.now());
  server.run(seconds(5));
  EXPECT_NE(server.log().find("event=address_unavailable"), std::string::npos);
  server.run_hooks();
  server.run(seconds(1));
  EXPECT_EQ(address(client), "none");
  EXPECT_EQ(client.ppp.terminate_requests(), 1U);
  EXPECT_EQ(address(connect("bob")), "none") << "its hook has not ended yet";
  server.run_hooks();
  server.run(milliseconds(10));
  EXPECT_NE(server.log().find("event=connected"), std::string::npos);
}

TEST_F(SameUserTest, ReplaceDoesNotWaitForAClientThatIsGone) {
  serve(SameUser::replace);
  VirtualClient& first = connect("bob");
  first.cut = true;
  EXPECT_EQ(address(connect("bob")), "10.0.0.10");
  EXPECT_EQ(server_->calls(), 1U);
}

TEST_F(SameUserTest, ReplaceNeedsThePassword) {
  VirtualServer& server = serve(SameUser::replace);
  const VirtualClient& first = connect("bob");
  VirtualClient& second = server.call("bob");
  second.ppp.set_password("guess");
  server.run(seconds(5));
  EXPECT_EQ(address(first), "10.0.0.10");
  EXPECT_EQ(address(second), "none");
}

TEST_F(SameUserTest, ReplaceLeavesOneOfTwoThatComeAtTheSameTime) {
  VirtualServer& server = serve(SameUser::replace);
  const VirtualClient& first = server.call("bob");
  const VirtualClient& second = server.call("bob");
  server.run(seconds(20));
  EXPECT_EQ(server.calls(), 1U);
  EXPECT_NE(address(first) == "10.0.0.10", address(second) == "10.0.0.10");
}

TEST_F(SameUserTest, DenyRefusesWhileTheEarlierClientAnswers) {
  VirtualServer& server = serve(SameUser::deny);
  const VirtualClient& first = connect("bob");
  const VirtualClient& second = connect("bob");
  server.run(seconds(1));
  EXPECT_TRUE(second.ppp.verdicts().empty()) << "it is not known yet";
  server.run(seconds(2));
  ASSERT_FALSE(second.ppp.verdicts().empty());
  EXPECT_EQ(second.ppp.verdicts()[0].substr(0, 6), "E=649 ");
  EXPECT_EQ(address(first), "10.0.0.10");
  EXPECT_EQ(first.ppp.terminate_requests(), 0U);
  EXPECT_EQ(first.ppp.echo_requests(), 1U);
  EXPECT_NE(server.log().find("connected already"), std::string::npos);
}

TEST_F(SameUserTest, DenyReplacesAnEarlierSessionThatIsSilent) {
  VirtualServer& server = serve(SameUser::deny);
  VirtualClient& first = connect("bob");
  first.cut = true;
  server.run(seconds(1));
  const VirtualClient& second = connect("bob");
  EXPECT_EQ(address(second), "none");
  server.run(ServedCall::kSignOfLifeTime);
  EXPECT_EQ(address(second), "10.0.0.10");
  EXPECT_EQ(server.find(first), nullptr);
}

TEST_F(SameUserTest, DenyLetsInWhoeverFindsNoSessionAtTheEndOfTheWait) {
  VirtualServer& server = serve(SameUser::deny);
  VirtualClient& first = connect("bob");
  const VirtualClient& second = connect("bob");
  server.clear(first);
  server.run(seconds(3));
  EXPECT_EQ(address(second), "10.0.0.10");
}

TEST_F(SameUserTest, DenyLetsOneInOfTwoThatWaitAtTheSameTime) {
  VirtualServer& server = serve(SameUser::deny);
  VirtualClient& gone = connect("bob");
  gone.cut = true;
  server.run(seconds(1));
  const VirtualClient& first = connect("bob");
  const VirtualClient& second = connect("bob");
  server.run(seconds(5));
  EXPECT_EQ(address(first), "10.0.0.10");
  ASSERT_FALSE(second.ppp.verdicts().empty());
  EXPECT_EQ(second.ppp.verdicts()[0].substr(0, 6), "E=649 ");
  EXPECT_EQ(server.find(gone), nullptr);
}

TEST_F(SameUserTest, DenyRefusesAlsoWhoWasSomebodyElseBefore) {
  VirtualServer& server = serve(SameUser::deny);
  const VirtualClient& eve = connect("eve");
  VirtualClient& other = connect("bob");
  other.ppp.set_name("eve");
  other.ppp.restart_lcp(kOtherLink, server.now());
  server.run(seconds(3));
  EXPECT_EQ(address(eve), "10.0.0.10");
  EXPECT_EQ(address(other), "none");
  EXPECT_EQ(eve.ppp.terminate_requests(), 0U);
}

TEST_F(SameUserTest, DenyLetsOneInAlsoWhenBothAreDecidedInOneRound) {
  VirtualServer& server = serve(SameUser::deny);
  VirtualClient& gone = connect("bob");
  gone.cut = true;
  server.run(seconds(1));
  const VirtualClient& first = connect("bob");
  const VirtualClient& second = connect("bob");
  server.stall(seconds(3));
  server.run(seconds(5));
  EXPECT_EQ(address(first), "10.0.0.10");
  EXPECT_EQ(address(second), "none");
}

TEST_F(SameUserTest, DenyHasNothingAgainstAFirstSession) {
  serve(SameUser::deny);
  EXPECT_EQ(address(connect("bob")), "10.0.0.10");
  EXPECT_EQ(address(connect("eve")), "10.0.0.11");
}

TEST_F(SameUserTest, DenyForgetsAWaitingLoginWithItsCall) {
  VirtualServer& server = serve(SameUser::deny);
  connect("bob");
  VirtualClient& second = connect("bob");
  server.clear(second);
  server.run(seconds(5));
  EXPECT_EQ(server.calls(), 1U);
}

TEST_F(SameUserTest, DenyTakesTheLastWordOfALinkThatIsNegotiatedAnew) {
  VirtualServer& server = serve(SameUser::deny);
  VirtualClient& first = connect("bob");
  first.cut = true;
  server.run(seconds(1));
  VirtualClient& second = connect("bob");
  server.run(seconds(1));
  second.ppp.restart_lcp(kOtherLink, Instant(std::chrono::hours(2)));
  server.run(seconds(10));
  EXPECT_EQ(address(second), "10.0.0.10");
}

TEST_F(SameUserTest, AllowGivesEachSessionAnAddressOfItsOwn) {
  serve(SameUser::allow);
  const VirtualClient& first = connect("bob");
  const VirtualClient& second = connect("bob");
  EXPECT_EQ(address(first), "10.0.0.10");
  EXPECT_EQ(address(second), "10.0.0.11");
}

TEST_F(SameUserTest, AllowHasOneSessionForAFixedAddress) {
  VirtualServer& server = serve(SameUser::allow);
  const VirtualClient& first = connect("fix");
  EXPECT_EQ(address(first), "172.16.0.5");
  const VirtualClient& second = connect("fix");
  EXPECT_EQ(address(second), "172.16.0.5");
  EXPECT_EQ(server.find(first), nullptr);
  expect_told(first);
}

TEST_F(SameUserTest, AFullPoolEndsTheLinkWithAReasonAndTheNextClientGetsThrough) {
  VirtualServer& server = serve(SameUser::allow);
  VirtualClient& leaving = connect("bob");
  connect("eve");
  connect("bob");
  const VirtualClient& late = connect("sue");
  EXPECT_EQ(address(late), "none");
  EXPECT_EQ(late.ppp.terminate_requests(), 1U);
  EXPECT_NE(server.log().find("all addresses of network.client_ips are in use"), std::string::npos);
  server.clear(leaving);
  EXPECT_EQ(address(connect("sue")), "10.0.0.10");
}

TEST_F(SameUserTest, BeyondMaxSessionsTheAnswerIsBusyAndTheNextClientGetsThrough) {
  config_.server.max_sessions = 2;
  VirtualServer& server = serve(SameUser::replace);
  VirtualClient& leaving = connect("bob");
  connect("eve");
  const VirtualClient& late = server.call("sue");
  const auto reply = late.heard_last<control::OutgoingCallReply>();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->result, control::OutgoingCallResult::busy);
  EXPECT_NE(server.log().find("server.max_sessions"), std::string::npos);
  server.clear(leaving);
  EXPECT_NE(address(connect("sue")), "none");
}

}  // namespace
}  // namespace upptpd::server
