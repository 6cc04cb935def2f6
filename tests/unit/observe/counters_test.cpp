#include "observe/counters.hpp"

#include <gtest/gtest.h>

namespace upptpd::observe {
namespace {

using auth::LoginFailure;
using session::Cause;

session::Finished finished(Cause cause = Cause::peer_hung_up, session::Statistics statistics = {}) {
  return {cause, {}, {}, true, true, statistics};
}

TEST(Counters, SessionsAreCountedNowAtMostAndInAll) {
  Counters counters;
  for (std::uint16_t call = 1; call <= 3; ++call) {
    counters.event(CallId(call), session::Connected{});
  }
  counters.event(CallId(2), finished());
  counters.event(CallId(1), finished());
  counters.event(CallId(4), session::Connected{});
  EXPECT_EQ(counters.totals().sessions_now, 2U);
  EXPECT_EQ(counters.totals().sessions_at_most, 3U);
  EXPECT_EQ(counters.totals().sessions_in_all, 4U);
}

TEST(Counters, ALinkThatIsNegotiatedAnewIsOneSession) {
  Counters counters;
  counters.event(CallId(1), session::Connected{});
  counters.event(CallId(1), session::Disconnected{});
  counters.event(CallId(1), session::Connected{});
  EXPECT_EQ(counters.totals().sessions_now, 1U);
  EXPECT_EQ(counters.totals().sessions_in_all, 1U);
}

TEST(Counters, ACallWithoutTrafficIsNoSession) {
  Counters counters;
  counters.event(CallId(1), session::AuthenticationSucceeded{"bob"});
  counters.event(CallId(1), finished(Cause::address_unavailable));
  EXPECT_EQ(counters.totals().sessions_in_all, 0U);
  EXPECT_EQ(counters.totals().logins_accepted, 1U);
}

TEST(Counters, LoginsAreRefusedByReason) {
  Counters counters;
  EXPECT_EQ(counters.totals().logins_refused.size(), 15U);
  counters.event(CallId(1), session::AuthenticationFailed{"x", LoginFailure::wrong_password, 691});
  counters.event(CallId(2), session::AuthenticationFailed{"x", LoginFailure::wrong_password, 691});
  counters.event(CallId(3),
                 session::AuthenticationFailed{"x", LoginFailure::already_connected, 649});
  counters.event(CallId(4), session::AuthenticationRefused{});
  counters.event(CallId(4), finished(Cause::authentication_refused));
  const auto& refused = counters.totals().logins_refused;
  EXPECT_EQ(refused.size(), 15U) << "a reason without a place of its own";
  EXPECT_EQ(refused.at("wrong_password"), 2U);
  EXPECT_EQ(refused.at("already_connected"), 1U);
  EXPECT_EQ(refused.at("no_common_method"), 1U);
  EXPECT_EQ(refused.at("unknown_user"), 0U);
  EXPECT_EQ(counters.totals().logins_accepted, 0U);
}

TEST(Counters, TrafficAndDropsOfFinishedCallsAddUp) {
  Counters counters;
  session::Statistics statistics{1, 20, 3, 40, {}};
  statistics.drops.add(DropReason::gre_late);
  counters.event(CallId(1), finished(Cause::peer_hung_up, statistics));
  counters.event(CallId(2), finished(Cause::kicked, statistics));
  const session::Statistics& sum = counters.totals().traffic;
  EXPECT_EQ(sum.packets_in, 2U);
  EXPECT_EQ(sum.bytes_in, 40U);
  EXPECT_EQ(sum.packets_out, 6U);
  EXPECT_EQ(sum.bytes_out, 80U);
  EXPECT_EQ(sum.drops[DropReason::gre_late], 2U);
  EXPECT_EQ(sum.drops.total(), 2U);
}

TEST(Counters, RefusedCalls) {
  Counters counters;
  counters.call_refused();
  EXPECT_EQ(counters.totals().calls_refused, 1U);
}

}  // namespace
}  // namespace upptpd::observe
