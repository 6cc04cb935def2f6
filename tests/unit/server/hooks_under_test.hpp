// A runner with scripts of its own in a temporary folder, for the tests of hooks.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>

#include "server/hook_runner.hpp"

namespace upptpd::server {

using namespace std::chrono_literals;

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class HooksUnderTest : public testing::Test {
 protected:
  HooksUnderTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hook_runner_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    config_.timeout = 20s;
    testing::internal::CaptureStderr();
    programs_.emplace(context_, config_);
    runner_.emplace(context_, config_, log_,
                    [this](Hook hook, const HookFacts& told, HookProcess::Ended ended) {
                      return programs_->start(hook, told, std::move(ended));
                    });
  }
  ~HooksUnderTest() override {
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
            Ipv4Address(0xc0a800e3U + call),  // 192.168.0.234 for the seventh
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
  std::optional<HookPrograms> programs_;
  std::optional<HookRunner> runner_;
  std::string said_;
};

/// Adds an octet to the file "started", and waits for the file "go", but not for ever: a test that
/// is killed leaves its hooks behind.
constexpr const char* kWaitForGo =
    R"(printf x >> "$D/started"; for i in $(seq 999); do [ -e "$D/go" ] && break; sleep .02; done)";

/// Neither running nor waiting for init to fetch its status.
inline bool is_alive(const std::string& line) {
  std::ifstream file("/proc/" + line.substr(0, line.find('\n')) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return file >> number >> name >> state && state != "Z" && state != "X";
}

}  // namespace upptpd::server
