#include "server/hook_runner.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <asio/ip/udp.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>

namespace upptpd::server {
namespace {

using namespace std::chrono_literals;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class HookRunnerTest : public testing::Test {
 protected:
  HookRunnerTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hook_runner_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    config_.timeout = 20s;
    testing::internal::CaptureStderr();
    runner_.emplace(context_, config_, log_);
  }
  ~HookRunnerTest() override {
    runner_.reset();
    said_ += testing::internal::GetCapturedStderr();
    if (HasFailure()) std::cerr << said_;
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  /// A shell script, where $D is the folder of the test.
  std::string script(const std::string& name, const std::string& body, mode_t mode = 0755) {
    std::ofstream(path(name)) << "#!/bin/sh\nD='" << folder_.string() << "'\n" << body << "\n";
    EXPECT_EQ(::chmod(path(name).c_str(), mode), 0);
    return path(name);
  }

  static HookFacts facts(std::uint16_t call = 7) {
    return {CallId(call),
            "joe",
            "pptp0",
            Ipv4Address(0xc0a80001),
            Ipv4Address(0xc0a800ea),
            Ipv4Address(0xcb007105),
            125s,
            5000000000,
            7};
  }

  /// Whether that came true while the event loop ran.
  template <class Condition>
  bool run_until(Condition holds, std::chrono::milliseconds limit = 15s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      context_.restart();
      if (context_.run_one_for(10ms) == 0) std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  /// Its own words about how it went: "done", or the reason of the failure.
  std::string outcome(Hook hook, const HookFacts& told = facts()) {
    const auto said = std::make_shared<std::string>();
    runner_->run(hook, told, [said](const Result<void>& result) {
      *said = result ? "done" : result.error().message;
    });
    EXPECT_EQ(*said, "") << "from inside run()";
    EXPECT_TRUE(run_until([&] { return !said->empty(); }));
    return *said;
  }

  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// So that what is read next is new.
  std::string take(const std::string& name) {
    const std::string content = text(name);
    std::filesystem::remove(path(name));
    return content;
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(path(name));
  }
  void make(const std::string& name) { std::ofstream(path(name)) << ""; }

  std::string log() {
    said_ += testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
    return said_;
  }
  void expect_in_log(std::string_view part) { EXPECT_TRUE(contains(log(), part)) << part; }
  void expect_lines_in_log(int count) { EXPECT_EQ(std::ranges::count(log(), '\n'), count); }

  std::filesystem::path folder_;
  asio::io_context context_;
  config::HooksConfig config_;
  observe::Log log_;
  std::optional<HookRunner> runner_;
  std::string said_;
};

constexpr const char* kWritable =
    " is refused: it can be written by others than its owner: chmod go-w it";
constexpr const char* kMissing = " does not exist: put it there, or change the configuration";

/// Writes its arguments, one a line in brackets.
constexpr const char* kWriteArguments = R"(for each; do printf '[%s]\n' "$each"; done > "$D/out")";
/// Writes the environment it was started with, which is not quite what the shell makes of it.
constexpr const char* kWriteEnvironment = R"(tr '\0' '\n' < /proc/$$/environ | sort > "$D/out")";
/// Adds an octet to the file "started", and waits for the file "go", but not for ever: a test that
/// is killed leaves its hooks behind.
constexpr const char* kWaitForGo =
    R"(printf x >> "$D/started"; for i in $(seq 999); do [ -e "$D/go" ] && break; sleep .02; done)";

std::string own_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

/// Neither running nor waiting for init to fetch its status.
bool is_alive(const std::string& line) {
  std::ifstream file("/proc/" + line.substr(0, line.find('\n')) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return file >> number >> name >> state && state != "Z" && state != "X";
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
  runner_.reset();
  std::signal(SIGCHLD, SIG_IGN);
  runner_.emplace(context_, config_, log_);
  config_.ip_up = script("hook", "exit 4");
  EXPECT_TRUE(outcome(Hook::ip_up).ends_with("hook ended with status 4"));
}

TEST_F(HookRunnerTest, RunsTheHooksOfASessionOneAfterAnother) {
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

TEST_F(HookRunnerTest, RunsSoManyAtATime) {
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

TEST_F(HookRunnerTest, TurnsAwayWhatIsTooMuchAndSaysSoOnce) {
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
  for (const mode_t mode : {0775, 0757}) {
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
