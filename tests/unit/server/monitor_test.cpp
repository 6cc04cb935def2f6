#include "server/monitor.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/local/stream_protocol.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace upptpd::server {
namespace {

using namespace std::chrono_literals;

/// A real one, in a process of its own.
class MonitorTest : public testing::Test {
 protected:
  MonitorTest() {
    std::string pattern = testing::TempDir() + "monitor-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    write("chap-secrets", "bob * secret1 *\njoe * @" + path("joe.secret") + " *\n");
    write("joe.secret", "secret2\n");
    write("other", "not theirs\n");
    config_.auth.secrets = path("chap-secrets");
    config_.admin.socket = path("admin.sock");
    config_.auth.password_change = true;
  }
  ~MonitorTest() override {
    monitor_.reset();
    std::filesystem::remove_all(folder_);
  }

  Monitor& monitor() {
    if (monitor_ == nullptr)
      monitor_ = std::move(Monitor::start(config_, path("upptpd.toml")).value());
    return *monitor_;
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  void write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    std::ofstream(path(name)) << text;
    ASSERT_EQ(::chmod(path(name).c_str(), mode), 0);
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// What the monitor lets be read, or the errno.
  std::string read(const std::string& file) {
    const net::FileDescriptor descriptor = monitor().open(file);
    if (!descriptor.valid()) return std::to_string(errno);
    return std::string(read_all(descriptor.get()).value().reveal());
  }
  static auth::NewPassword password(const std::string& clear) {
    auth::NewPassword made;
    made.clear = SecretString(clear);
    return made;
  }

  /// Whether that came true while the event loop ran.
  template <class Condition>
  bool run_until(Condition holds) {
    for (int i = 0; i < 1000 && !holds(); ++i) context_.run_one_for(10ms);
    return holds();
  }

  std::filesystem::path folder_;
  config::Config config_;
  asio::io_context context_;
  std::unique_ptr<Monitor> monitor_;
};

const std::string kRefused = std::to_string(EACCES);

TEST_F(MonitorTest, OpensTheSecretsAndWhatTheyName) {
  EXPECT_TRUE(read(path("chap-secrets")).starts_with("bob"));
  EXPECT_EQ(read(path("joe.secret")), "secret2\n");
}

TEST_F(MonitorTest, RefusesAnyOtherPath) {
  for (const std::string& other :
       {path("other"), path("./chap-secrets"), std::string("/etc/shadow"), path("upptpd.toml"),
        std::string()}) {
    EXPECT_EQ(read(other), kRefused) << other;
  }
}

TEST_F(MonitorTest, NoticesThatTheLinesNameOtherFiles) {
  monitor();
  std::this_thread::sleep_for(150ms);  // an older file is read once for all questions
  for (int i = 0; i < 2; ++i) EXPECT_EQ(read(path("joe.secret")), "secret2\n");
  write("chap-secrets", "joe * @" + path("other") + " *\n");
  EXPECT_EQ(read(path("joe.secret")), kRefused);
  EXPECT_NE(read(path("other")), kRefused);
}

// All calls wait while it is asked.
TEST_F(MonitorTest, IsNotAskedAgainWhileItDoesNotAnswer) {
  ASSERT_NE(read(path("chap-secrets")), kRefused);
  pid_t process = 0;
  std::ifstream("/proc/thread-self/children") >> process;
  ASSERT_GT(process, 0);
  ASSERT_EQ(::kill(process, SIGSTOP), 0);
  EXPECT_EQ(read(path("chap-secrets")), std::to_string(EIO));
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(read(path("chap-secrets")), std::to_string(EIO));
  EXPECT_LT(std::chrono::steady_clock::now() - before, 4s) << "it takes 8 s to give up";
  ASSERT_EQ(::kill(process, SIGCONT), 0);
  EXPECT_TRUE(run_until([&] { return read(path("joe.secret")) == "secret2\n"; }));
}

TEST_F(MonitorTest, IsHeardAgainOnceThereAreDescriptors) {
  write("upptpd.toml", "[auth]\nsecrets = \"users\"\n");
  ASSERT_NE(read(path("chap-secrets")), kRefused);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit all_taken{static_cast<rlim_t>(net::FileDescriptor(::dup(0)).get()), before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &all_taken);
  const std::string file = read(path("chap-secrets"));
  const auto configuration = monitor().read_configuration();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(file, std::to_string(EMFILE));
  ASSERT_FALSE(configuration);
  EXPECT_EQ(configuration.error(),
            ConfigErrors{"cannot read the configuration: " + reason(EMFILE)});
  EXPECT_EQ(read(path("joe.secret")), "secret2\n");
}

TEST_F(MonitorTest, DoesNotBelieveALineThatOthersCouldHaveWritten) {
  write("chap-secrets", "joe * @" + path("other") + " *\n", 0666);
  EXPECT_EQ(read(path("other")), kRefused);
}

TEST_F(MonitorTest, StoresAPassword) {
  ASSERT_TRUE(monitor().store_password({"bob", "*"}, password("another one")));
  EXPECT_EQ(text("chap-secrets"), "bob * \"another one\" *\njoe * @" + path("joe.secret") + " *\n");
  const auto refused = monitor().store_password({"eve", "*"}, password("x"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("eve"), std::string::npos);
}

TEST_F(MonitorTest, StoresNoPasswordWhereThatIsOff) {
  config_.auth.password_change = false;
  const std::string before = text("chap-secrets");
  EXPECT_FALSE(monitor().store_password({"bob", "*"}, password("x")));
  EXPECT_EQ(text("chap-secrets"), before);
}

TEST_F(MonitorTest, TakesAnotherConfigurationOnlyFromItsFile) {
  write("users", "eve * x *\n");
  write("upptpd.toml", "[auth]\nsecrets = \"users\"\n");
  EXPECT_EQ(read(path("users")), kRefused);
  const auto file = monitor().read_configuration();
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text, "[auth]\nsecrets = \"users\"\n");
  EXPECT_EQ(read(path("users")), "eve * x *\n") << "to be looked at before it is adopted";
  ASSERT_TRUE(monitor().adopt());
  EXPECT_EQ(read(path("chap-secrets")), kRefused);
}

TEST_F(MonitorTest, AdoptsNothingThatIsNotGood) {
  write("upptpd.toml", "[auth]\ncolour = 1\n");
  const auto file = monitor().read_configuration();
  ASSERT_TRUE(file) << "what is wrong with it is for the server to find";
  EXPECT_FALSE(monitor().adopt());
  std::filesystem::remove(path("upptpd.toml"));
  EXPECT_FALSE(monitor().read_configuration());
}

TEST_F(MonitorTest, RunsAHook) {
  write("up", "#!/bin/sh\necho \"$PEERNAME\" >&2\nexit 3\n", 0700);
  config_.hooks.ip_up = path("up");
  monitor().watch(context_, [] { FAIL() << "the monitor has gone"; });
  HookFacts facts;
  facts.user = "bo\xff b\n";
  std::vector<HookEnd> ends;
  const auto program =
      monitor().start_hook(Hook::ip_up, facts, [&](const HookEnd& end) { ends.push_back(end); });
  ASSERT_TRUE(run_until([&] { return !ends.empty(); }));
  EXPECT_EQ(ends[0].status, 3);
  EXPECT_EQ(ends[0].standard_error, "bo\xff b");
}

TEST_F(MonitorTest, EndsAHookThatIsGivenUp) {
  write("up", "#!/bin/sh\necho $$ >" + path("pid") + "\nsleep 20\n", 0700);
  config_.hooks.ip_pre_up = path("up");
  monitor().watch(context_, [] { FAIL() << "the monitor has gone"; });
  auto program = monitor().start_hook(Hook::ip_pre_up, {}, [](const HookEnd&) { FAIL(); });
  ASSERT_TRUE(run_until([&] { return text("pid").ends_with('\n'); }));
  const pid_t process = std::stoi(text("pid"));
  program.reset();
  EXPECT_TRUE(run_until([&] { return ::kill(process, 0) != 0; }));
}

TEST_F(MonitorTest, RefusesAHookThatThereIsNot) {
  monitor().watch(context_, [] { FAIL() << "the monitor has gone"; });
  std::string refusal;
  const auto program =
      monitor().start_hook(Hook::ip_up, {}, [&](const HookEnd& end) { refusal = end.refusal; });
  EXPECT_TRUE(run_until([&] { return !refusal.empty(); }));
}

TEST_F(MonitorTest, HooksEndWithIt) {
  write("up", "#!/bin/sh\nkill -KILL $PPID\nsleep 20\n", 0700);
  config_.hooks.ip_up = path("up");
  bool gone = false;
  monitor().watch(context_, [&] { gone = true; });
  std::vector<std::string> refusals;
  const auto take = [&](const HookEnd& end) { refusals.push_back(end.refusal); };
  const auto before = monitor().start_hook(Hook::ip_up, {}, take);
  EXPECT_TRUE(run_until([&] { return gone; }));
  const auto after = monitor().start_hook(Hook::ip_up, {}, take);
  EXPECT_TRUE(run_until([&] { return refusals.size() == 2; }));
  EXPECT_FALSE(monitor().adopt());
}

TEST_F(MonitorTest, StoresNoPasswordOfAnybodyOrOfAnotherFile) {
  write("chap-secrets", "* * x *\njoe * @" + path("joe.secret") + " *\nbob * y *\n");
  const std::string before = text("chap-secrets");
  EXPECT_FALSE(monitor().store_password({"*", "*"}, password("z")));
  EXPECT_FALSE(monitor().store_password({"joe", "*"}, password("z")));
  EXPECT_FALSE(monitor().store_password({"bob", "*"}, password("")));
  EXPECT_EQ(text("chap-secrets"), before);
}

TEST_F(MonitorTest, KeepsWhatOnlyARestartChanges) {
  write("upptpd.toml", "[admin]\nsocket = \"other.sock\"\n");
  const asio::local::stream_protocol::acceptor another(context_, path("other.sock"));
  ASSERT_TRUE(monitor().read_configuration());
  ASSERT_TRUE(monitor().adopt());
  monitor().remove_admin_socket(false);
  EXPECT_TRUE(std::filesystem::exists(path("other.sock")));
}

}  // namespace
}  // namespace upptpd::server
