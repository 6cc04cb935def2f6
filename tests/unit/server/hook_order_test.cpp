// Which hook runs when, and which does not.
#include "unit/server/hooks_under_test.hpp"

namespace upptpd::server {
namespace {

using HookOrderTest = HooksUnderTest;

TEST_F(HookOrderTest, RunsTheHooksOfASessionOneAfterAnother) {
  config_.ip_up = script("up", std::string(kWaitForGo) + "; echo up.$UNIT >> \"$D/out\"");
  config_.ip_down = script("down", "echo down.$UNIT >> \"$D/out\"");
  runner_->run(Hook::ip_up, facts(1));
  runner_->run(Hook::ip_down, facts(1));
  runner_->run(Hook::ip_up, facts(1));
  runner_->run(Hook::ip_down, facts(2));
  EXPECT_TRUE(run_until([&] { return text("out") == "down.2\n"; }))
      << "another session's hook was held up";
  EXPECT_FALSE(run_until([&] { return text("out") != "down.2\n"; }, 100ms));
  make("go");
  EXPECT_TRUE(run_until([&] { return runner_->idle(); }));
  EXPECT_EQ(text("out"), "down.2\nup.1\ndown.1\nup.1\n");
}

TEST_F(HookOrderTest, RunsTheHooksOfAnAddressOneAfterAnother) {
  config_.ip_up = script("up", "echo up.$UNIT >> \"$D/out\"");
  config_.ip_down = script("down", std::string(kWaitForGo) + "; echo down.$UNIT >> \"$D/out\"");
  HookFacts second = facts(2);
  second.client = facts(1).client;
  runner_->run(Hook::ip_down, facts(1));
  runner_->run(Hook::ip_up, second);
  EXPECT_FALSE(run_until([&] { return exists("out"); }, 100ms));
  make("go");
  EXPECT_TRUE(run_until([&] { return runner_->idle(); }));
  EXPECT_EQ(text("out"), "down.1\nup.2\n");
}

TEST_F(HookOrderTest, GivesUpWhatACallThatHasEndedWaitedFor) {
  config_.parallel = 1;
  config_.ip_pre_up = script("pre", "echo $$ > \"$D/process\"; exec sleep 20");
  bool was_told = false;
  const auto tell = [&](const Result<void>&) { was_told = true; };
  runner_->run(Hook::ip_pre_up, facts(1), tell);
  runner_->run(Hook::ip_pre_up, facts(2), tell);
  ASSERT_TRUE(run_until([&] { return text("process").ends_with("\n"); }));
  runner_->give_up_pre_up(CallId(2));
  runner_->give_up_pre_up(CallId(1));
  EXPECT_TRUE(runner_->idle());
  EXPECT_TRUE(run_until([&] { return !is_alive(text("process")); }));
  EXPECT_FALSE(was_told);
  expect_in_log("event=hook_given_up hook=ip_pre_up call=1 ");
}

TEST_F(HookOrderTest, UndoesWhatWasRunAndLeavesOutWhatWasNot) {
  config_.ip_up = script("up", std::string(kWaitForGo) + "; echo up >> \"$D/out\"");
  config_.ip_down = script("down", "echo down >> \"$D/out\"");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(runner_->run(Hook::ip_up, facts(1)));
    runner_->undo(Hook::ip_up, facts(1));
  }
  EXPECT_TRUE(run_until([&] { return exists("started"); }));
  make("go");
  EXPECT_TRUE(run_until([&] { return runner_->idle(); }));
  EXPECT_EQ(text("out"), "up\ndown\n") << "the first was under way, the others were not";
  expect_in_log("event=hook_given_up hook=ip_up call=1 ");
}

TEST_F(HookOrderTest, EndsAreBoundedToo) {
  config_.parallel = 1;
  config_.ip_down = script("down", "exec sleep 20");
  for (std::size_t i = 0; i <= HookRunner::kMostEndsWaiting; ++i) {
    EXPECT_TRUE(runner_->run(Hook::ip_down, facts(7)));
  }
  EXPECT_FALSE(runner_->run(Hook::ip_down, facts(7)));
}

TEST_F(HookOrderTest, RunsSoManyAtATime) {
  config_.parallel = 2;
  config_.ip_up = script("up", kWaitForGo);
  const auto started = [&] { return text("started").size(); };
  for (std::uint16_t call = 1; call <= 5; ++call) runner_->run(Hook::ip_up, facts(call));
  EXPECT_TRUE(run_until([&] { return started() == 2; }));
  EXPECT_FALSE(run_until([&] { return started() > 2; }, 200ms));
  make("go");
  EXPECT_TRUE(run_until([&] { return runner_->idle(); }));
  EXPECT_EQ(started(), 5U);
}

TEST_F(HookOrderTest, TurnsAwayWhatIsTooMuchAndSaysSoOnce) {
  config_.parallel = 1;
  config_.ip_up = script("up", "exec sleep 20");
  for (std::size_t i = 0; i < HookRunner::kMostWaiting + 1; ++i) {
    runner_->run(Hook::ip_up, facts(static_cast<std::uint16_t>(i)));
  }
  EXPECT_EQ(outcome(Hook::ip_up), config_.ip_up +
                                      " is not run, because 4096 hooks wait already: make them "
                                      "quicker, or raise hooks.parallel");
  outcome(Hook::ip_up);
  expect_lines_in_log(1);
  expect_in_log("event=hooks_crowded hook=ip_up call=7 peer=203.0.113.5 user=joe");
}

}  // namespace
}  // namespace upptpd::server
