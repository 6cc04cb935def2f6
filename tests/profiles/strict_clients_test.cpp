// Clients that are strict in one respect, log in by strange names, try again, or vanish.
#include <gtest/gtest.h>

#include "profile_call.hpp"
#include "protocol_numbers.hpp"

namespace upptpd::profiles {
namespace {

using session::Cause;
using std::chrono::milliseconds;
using std::chrono::seconds;

void expect_no_flaws(const ProfileClient& client) {
  for (const std::string& flaw : client.flaws()) ADD_FAILURE() << "the client saw: " << flaw;
}

/// Changes what follows "S=" in a Success.
void spoil_success(MutableView frame) {
  const Bytes success = from_hex("c22303");
  if (frame.size() < 10 || !std::ranges::equal(frame.first(3), success)) return;
  frame[9] = frame[9] == 'A' ? 'B' : 'A';
}

TEST(StrictClient, TakesOurSuccessWithNothingBehindIt) {
  ProfileCall call(profile_named("wants a bare Success"), default_policy());
  ASSERT_TRUE(call.connect());
  EXPECT_EQ(call.exchange_packets(), "");
  expect_no_flaws(call.client());
}

TEST(StrictClient, HangsUpWith778WhenTheServerDoesNotProveItself) {
  for (const char* name : {"Windows 2000", "Windows 7", "Windows 10", "Windows 98, DUN 1.4"}) {
    SCOPED_TRACE(name);
    ProfileCall call(profile_named(name), default_policy());
    call.tamper = spoil_success;
    EXPECT_FALSE(call.connect());
    ASSERT_TRUE(call.run_to_end());
    EXPECT_EQ(call.progress().finished->cause, Cause::peer_hung_up);
    const auto ends = call.events<session::PeerTerminates>();
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].ras_error, kServerNotProved);
  }
}

// The server's first request is among what is lost; it may not cost its restart timer.
TEST(StrictClient, LosesEarlyFramesWithoutLosingTime) {
  for (const char* name : {"drops early frames", "drops early frames, no Set-Link-Info"}) {
    SCOPED_TRACE(name);
    const Profile profile = profile_named(name);
    ProfileCall call(profile, default_policy());
    ASSERT_TRUE(call.connect());
    EXPECT_EQ(call.connect_time().client, profile.link.engine_start);
    EXPECT_EQ(call.connect_time().server, Duration{});
  }
}

TEST(StrictClient, GetsInWithAnotherPasswordWhereItMayTryAgain) {
  Policy policy = default_policy();
  policy.retries = 2;
  ProfileCall call(profile_named("tries another password"), policy);
  ASSERT_TRUE(call.connect());
  EXPECT_EQ(call.exchange_packets(), "");
  EXPECT_EQ(call.events<session::AuthenticationFailed>().size(), 2U);
  // Without another Challenge.
  EXPECT_EQ(call.client().link().login().challenges(), 1U);
  expect_no_flaws(call.client());
}

TEST(StrictClient, IsRefusedAfterTheLastTry) {
  for (const unsigned retries : {0U, 1U}) {
    SCOPED_TRACE(retries);
    Policy policy = default_policy();
    policy.retries = retries;
    ProfileCall call(profile_named("tries another password"), policy);
    EXPECT_FALSE(call.connect());
    ASSERT_TRUE(call.run_to_end());
    EXPECT_EQ(call.progress().finished->cause, Cause::authentication_failed);
    EXPECT_EQ(call.events<session::AuthenticationFailed>().size(), retries + 1);
  }
}

TEST(StrictClient, ChoosesAnotherPasswordAndIsIn) {
  Policy policy = default_policy();
  policy.password_change = true;
  ProfileCall call(profile_named("chooses another password"), policy);
  ASSERT_TRUE(call.connect());
  ASSERT_TRUE(call.progress().new_password);
  EXPECT_EQ(call.progress().new_password->reveal(), "fresh-one");
  EXPECT_EQ(call.exchange_packets(), "");
  expect_no_flaws(call.client());
}

TEST(StrictClient, MayNotChooseAnotherPasswordWhereThatIsOff) {
  ProfileCall call(profile_named("chooses another password"), default_policy());
  EXPECT_FALSE(call.connect());
  ASSERT_TRUE(call.run_to_end());
  EXPECT_EQ(call.progress().finished->cause, Cause::authentication_failed);
  const auto failed = call.events<session::AuthenticationFailed>();
  ASSERT_FALSE(failed.empty());
  EXPECT_EQ(failed[0].code, 648U);
  EXPECT_FALSE(call.progress().new_password);
}

TEST(StrictClient, ThatFallsSilentIsGivenUp) {
  ProfileCall call(profile_named("falls silent"), default_policy());
  ASSERT_TRUE(call.connect());
  call.client().hang_up(call.now());
  ASSERT_TRUE(call.run_to_end());
  const Cause cause = call.progress().finished->cause;
  EXPECT_TRUE(cause == Cause::peer_silent || cause == Cause::control_connection_lost);
  EXPECT_LT(call.progress().finished->duration, seconds(240));
}

TEST(StrictClient, WhoseTcpIsResetIsGoneAtOnce) {
  ProfileCall call(profile_named("resets TCP"), default_policy());
  ASSERT_TRUE(call.connect());
  const Instant reset = call.now();
  call.client().hang_up(call.now());
  call.drain();
  ASSERT_TRUE(call.run_until([&] { return call.progress().finished.has_value(); }));
  EXPECT_EQ(call.progress().finished->cause, Cause::control_connection_lost);
  EXPECT_LE(call.now() - reset, milliseconds(10));
}

TEST(StrictClient, VanishesAtAnyStepAndTheCallEnds) {
  for (const End end : {End::silence, End::reset}) {
    Profile profile = profile_named("Windows 10");
    profile.end = end;
    for (int milli = 45; milli < 200; milli += 7) {
      SCOPED_TRACE(milli);
      ProfileCall call(profile, default_policy());
      call.run_for(milliseconds(milli));
      call.client().hang_up(call.now());
      call.drain();
      EXPECT_TRUE(call.run_to_end());
    }
  }
}

// The domain is stripped, and never hashed; a realm is part of the name.
TEST(StrictClient, IsFoundByEveryFormOfItsName) {
  struct Row {
    const char* profile;
    const char* user;
  };
  for (const Row& row :
       {Row{"name \" \\bob\"", "bob"}, Row{"name \"\\bob\"", "bob"},
        Row{"name \"DOM\\bob\"", "bob"}, Row{"name \"carol@example.org\"", "carol@example.org"}}) {
    SCOPED_TRACE(row.profile);
    ProfileCall call(profile_named(row.profile), default_policy());
    ASSERT_TRUE(call.connect());
    EXPECT_EQ(call.events<session::Connected>()[0].user, row.user);
    EXPECT_EQ(call.exchange_packets(), "");
    expect_no_flaws(call.client());
  }
}

// Every method by itself, with every form of a name.
TEST(StrictClient, LogsInByEveryMethodUnderEveryName) {
  using Method = ppp::AuthMethod;
  for (const Method method :
       {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap}) {
    for (const char* name : {"bob", " \\bob", "\\bob", "DOM\\bob", "carol@example.org"}) {
      SCOPED_TRACE(std::string(to_string(method)) + " as " + name);
      Profile profile = profile_named("Windows 10");
      profile.login.methods = {method};
      profile.login.name = name;
      ProfileCall call(profile, open_policy());
      ASSERT_TRUE(call.connect());
      EXPECT_EQ(call.events<session::AuthenticationSucceeded>()[0].method, method);
      EXPECT_EQ(call.exchange_packets(), "");
      expect_no_flaws(call.client());
    }
  }
}

TEST(StrictClient, WithTheWrongPasswordIsRefusedByEveryMethod) {
  using Method = ppp::AuthMethod;
  for (const Method method :
       {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap}) {
    SCOPED_TRACE(to_string(method));
    Profile profile = profile_named("Windows 10");
    profile.login.methods = {method};
    profile.login.passwords = {"wrong"};
    ProfileCall call(profile, open_policy());
    EXPECT_FALSE(call.connect());
    ASSERT_TRUE(call.run_to_end());
    EXPECT_EQ(call.progress().finished->cause, Cause::authentication_failed);
    EXPECT_TRUE(call.client().closed());
  }
}

}  // namespace
}  // namespace upptpd::profiles
