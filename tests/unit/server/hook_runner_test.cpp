#include "server/hook_runner.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>

#include <asio/ip/udp.hpp>
#include <csignal>

#include "unit/server/hooks_under_test.hpp"

namespace upptpd::server {
namespace {

using HookRunnerTest = HooksUnderTest;

constexpr const char* kWritable =
    " is refused: it can be written by others than its owner: chmod go-w it";
constexpr const char* kMissing = " does not exist: put it there, or change the configuration";

/// Writes its arguments, one a line in brackets.
constexpr const char* kWriteArguments = R"(for each; do printf '[%s]\n' "$each"; done > "$D/out")";
/// Writes the environment it was started with, which is not quite what the shell makes of it.
constexpr const char* kWriteEnvironment = R"(tr '\0' '\n' < /proc/$$/environ | sort > "$D/out")";
std::string own_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

TEST_F(HookRunnerTest, GivesPppdsArguments) {
  config_.ip_pre_up = config_.ip_up = config_.ip_down = script("ip", kWriteArguments);
  // A path of the configuration is one from where the server runs.
  config_.auth_up = config_.auth_down =
      std::filesystem::relative(script("auth", kWriteArguments)).string();
  for (const Hook hook : {Hook::ip_pre_up, Hook::ip_up, Hook::ip_down}) {
    EXPECT_EQ(outcome(hook), "done");
    EXPECT_EQ(take("out"),
              "[pptp0]\n[none]\n[115200]\n[192.168.0.1]\n[192.168.0.234]\n[203.0.113.5]\n");
  }
  for (const Hook hook : {Hook::auth_up, Hook::auth_down}) {
    EXPECT_EQ(outcome(hook), "done");
    EXPECT_EQ(take("out"),
              "[pptp0]\n[joe]\n[" + own_user() + "]\n[none]\n[115200]\n[203.0.113.5]\n");
  }
}

TEST_F(HookRunnerTest, GivesPppdsEnvironmentAndNothingElse) {
  ::setenv("SECRET_OF_OURS", "1", 1);
  config_.ip_up = config_.ip_down = script("hook", kWriteEnvironment);
  const std::string user = std::to_string(::getuid());
  const std::string link =
      "DEVICE=none\nIFNAME=pptp0\nIPLOCAL=192.168.0.1\nIPREMOTE=192.168.0.234\nORIG_UID=" + user +
      "\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nPEERNAME=joe\n"
      "PPPLOGNAME=" +
      own_user() + "\nREMOTENUMBER=203.0.113.5\nSPEED=115200\nUNIT=7\n";
  EXPECT_EQ(outcome(Hook::ip_up), "done");
  EXPECT_EQ(take("out"), link);
  EXPECT_EQ(outcome(Hook::ip_down), "done");
  EXPECT_EQ(take("out"), "BYTES_RCVD=7\nBYTES_SENT=5000000000\nCONNECT_TIME=125\n" + link);
}

TEST_F(HookRunnerTest, DoesNotTellWhatIsNotKnown) {
  config_.auth_up = script("hook", kWriteEnvironment);
  HookFacts early = facts();
  early.user.clear();
  early.client = Ipv4Address();
  EXPECT_EQ(outcome(Hook::auth_up, early), "done");
  const std::string environment = take("out");
  EXPECT_FALSE(contains(environment, "PEERNAME"));
  EXPECT_FALSE(contains(environment, "IPREMOTE"));
  EXPECT_FALSE(contains(environment, "BYTES_SENT"));
}

TEST_F(HookRunnerTest, PassesANameOnAsItIs) {
  config_.auth_up = script("hook", "printf '%s' \"$2$PEERNAME\" > \"$D/out\"");
  HookFacts hostile = facts();
  hostile.user = "--x $(touch " + path("evil") + ") `id`; '\"*\n\x01\xff event=connected";
  EXPECT_EQ(outcome(Hook::auth_up, hostile), "done");
  EXPECT_EQ(take("out"), hostile.user + hostile.user);
  EXPECT_FALSE(exists("evil"));
  expect_lines_in_log(1);
  // A name with a NUL ends there, as everywhere in C.
  hostile.user = std::string("joe\0PATH=/evil", 14);
  EXPECT_EQ(outcome(Hook::auth_up, hostile), "done");
  EXPECT_EQ(take("out"), "joejoe");
}

TEST_F(HookRunnerTest, LeavesAHookNothingOfOurs) {
  const mode_t before = ::umask(022);
  const int inheritable = ::socket(AF_INET, SOCK_DGRAM, 0);
  const asio::ip::udp::socket of_asio(context_, asio::ip::udp::v4());
  config_.ip_up = script("hook", R"(in=$(readlink /proc/$$/fd/0) out=$(readlink /proc/$$/fd/1)
    session=$(cut -d' ' -f6 /proc/$$/stat)
    { echo $in $out $((session - $$)); pwd; umask; ls /proc/self/fd; } > "$D/out")");
  EXPECT_EQ(outcome(Hook::ip_up), "done");
  // The descriptor 3 is of the folder that is being listed.
  EXPECT_EQ(text("out"), "/dev/null /dev/null 0\n/\n0077\n0\n1\n2\n3\n");
  EXPECT_EQ(::umask(before), 022U);
  ::close(inheritable);
}

TEST_F(HookRunnerTest, RunsWhereTheParentIgnoredItsChildren) {
  std::signal(SIGCHLD, SIG_IGN);
  programs_.emplace(context_, config_);
  config_.ip_up = script("hook", "exit 4");
  EXPECT_TRUE(outcome(Hook::ip_up).ends_with("hook ended with status 4"));
}

TEST_F(HookRunnerTest, KillsAHookThatTakesTooLongWithAllThatItStarted) {
  config_.timeout = 2s;
  config_.ip_up = script("up", "sleep 20 & echo $! > \"$D/child\"; echo waiting >&2; wait");
  EXPECT_EQ(outcome(Hook::ip_up), config_.ip_up + " was killed because it took too long: waiting");
  EXPECT_TRUE(run_until([&] { return !is_alive(text("child")); }));
  expect_in_log(" timeout_s=2 duration_ms=");
  expect_in_log("warning event=hook_ended");
}

TEST_F(HookRunnerTest, KillsWhatStillRunsWhenItGoes) {
  config_.ip_up = script("up", "sleep 20 & echo $$ > \"$D/process\"; echo $! > \"$D/child\"; wait");
  bool was_told = false;
  runner_->run(Hook::ip_up, facts(), [&](const Result<void>&) { was_told = true; });
  ASSERT_TRUE(run_until([&] { return text("child").ends_with("\n"); }));
  runner_.reset();
  for (const char* name : {"process", "child"}) {
    EXPECT_TRUE(run_until([&] { return !is_alive(text(name)); })) << name;
  }
  EXPECT_FALSE(was_told);
}

TEST_F(HookRunnerTest, ReportsHowAHookWent) {
  config_.ip_up = script("up", "echo 'it is \"done\"' >&2");
  EXPECT_EQ(outcome(Hook::ip_up), "done");
  expect_in_log(
      "info event=hook_ended hook=ip_up call=7 peer=203.0.113.5 user=joe status=0 duration_ms=");
  expect_in_log(" stderr=\"it is \\\"done\\\"\"\n");
  config_.ip_pre_up = script("pre-up", "echo 'no licence left' >&2; exit 3");
  EXPECT_EQ(outcome(Hook::ip_pre_up), config_.ip_pre_up + " ended with status 3: no licence left");
  expect_in_log("warning event=hook_ended hook=ip_pre_up");
  expect_in_log(" status=3 duration_ms=");
}

TEST_F(HookRunnerTest, ReportsASignalWhateverTheServerDoesWithIt) {
  const auto pipe_before = std::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigset_t mask_before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_before);
  config_.ip_up = script("up", "kill -TERM $$");
  config_.ip_down = script("down", "kill -PIPE $$");
  EXPECT_EQ(outcome(Hook::ip_up), config_.ip_up + " was ended by signal 15 (Terminated)");
  EXPECT_EQ(outcome(Hook::ip_down), config_.ip_down + " was ended by signal 13 (Broken pipe)");
  ::pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
  std::signal(SIGPIPE, pipe_before);
  expect_in_log("warning event=hook_ended hook=ip_up");
  expect_in_log(" signal=15 duration_ms=");
}

TEST_F(HookRunnerTest, IsNotHeldUpByManyWords) {
  config_.ip_up = script("hook", "echo first >&2; yes | head -c 5000000 >&2; exit 1");
  const std::string reason = outcome(Hook::ip_up);
  EXPECT_TRUE(contains(reason, " status 1: first\\x0ay\\x0ay")) << reason;
  EXPECT_LT(reason.size(), 1000U);
  expect_in_log("...\n");
}

TEST_F(HookRunnerTest, KeepsWordsFromForgingALine) {
  config_.ip_up = script("hook", "printf 'a\\nevent=forged \\033[2J\\377' >&2; exit 1");
  EXPECT_TRUE(outcome(Hook::ip_up).ends_with("status 1: a\\x0aevent=forged \\x1b[2J\\xff"));
  expect_lines_in_log(1);
}

TEST_F(HookRunnerTest, DoesNotWaitForWhatAHookLeavesBehindNorKillIt) {
  config_.ip_up = script("hook", "(" + std::string(kWaitForGo) +
                                     "\n"
                                     " echo late >&2; touch \"$D/survived\") &\n"
                                     "echo soon >&2; exit 1");
  EXPECT_TRUE(outcome(Hook::ip_up).ends_with("ended with status 1: soon"));
  EXPECT_TRUE(runner_->idle());
  make("go");
  EXPECT_TRUE(run_until([&] { return exists("survived"); }));
}

TEST_F(HookRunnerTest, IsDoneWhereNoneIsConfigured) {
  for (const Hook hook :
       {Hook::ip_pre_up, Hook::ip_up, Hook::ip_down, Hook::auth_up, Hook::auth_down}) {
    EXPECT_FALSE(runner_->configured(hook));
    EXPECT_EQ(outcome(hook), "done");
  }
  config_.ip_down = "x";
  EXPECT_TRUE(runner_->configured(Hook::ip_down));
  EXPECT_EQ(log(), "");
}

TEST_F(HookRunnerTest, RefusesWhatOthersCouldHaveWritten) {
  config_.ip_up = script("up", kWriteArguments);
  for (const mode_t mode : {0775U, 0757U}) {
    ::chmod(config_.ip_up.c_str(), mode);
    EXPECT_EQ(outcome(Hook::ip_up), config_.ip_up + kWritable);
  }
  expect_in_log("warning event=hook_refused hook=ip_up call=7 peer=203.0.113.5");
  ::chmod(config_.ip_up.c_str(), 0755);
  if (::chown(config_.ip_up.c_str(), 65534, 0) == 0) {  // only root may
    EXPECT_TRUE(contains(outcome(Hook::ip_up), "up is refused: it belongs to user 65534"));
    EXPECT_EQ(::chown(config_.ip_up.c_str(), 0, 0), 0);
  }
  EXPECT_FALSE(exists("out"));
  EXPECT_EQ(outcome(Hook::ip_up), "done");
}

TEST_F(HookRunnerTest, SaysWhatIsWrongWithWhatCannotBeRun) {
  const auto why = [this](const std::string& name) {
    config_.ip_up = path(name);
    return outcome(Hook::ip_up).substr(config_.ip_up.size());
  };
  EXPECT_EQ(why("missing"), kMissing);
  EXPECT_EQ(why(""), " is refused: it is not a regular file");
  script("data", "", 0644);
  EXPECT_EQ(why("data"), " is refused: it is not executable: chmod 0755 it");
  std::ofstream(path("from_windows")) << "#!/bin/sh\r\n";
  std::ofstream(path("bare")) << "exit 0\n";
  for (const char* name : {"from_windows", "bare"}) ::chmod(path(name).c_str(), 0755);
  EXPECT_EQ(why("from_windows"),
            " cannot be run: the program that its first line names does not exist");
  EXPECT_EQ(why("bare"), " cannot be run: its first line does not name an interpreter after #!");
  EXPECT_TRUE(runner_->idle());
}

TEST_F(HookRunnerTest, TellsBeforehandWhichHooksAreUnusable) {
  EXPECT_TRUE(unusable_hooks(config_).empty());
  config_.ip_up = script("good", "");
  config_.ip_pre_up = path("missing");
  config_.auth_down = script("shared", "", 0777);
  EXPECT_EQ(unusable_hooks(config_),
            (std::vector<std::string>{"hooks.ip_pre_up: " + path("missing") + kMissing,
                                      "hooks.auth_down: " + path("shared") + kWritable}));
}

}  // namespace
}  // namespace upptpd::server
