// One run of a program of the administrator's: how it is started, what it writes to standard error,
// its time limit and its end.
#pragma once

#include <sys/types.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace upptpd::server {

struct HookCommand {
  /// An absolute path: the program is run in the root folder.
  std::string program;
  /// Without the program's name. No shell sees them.
  std::vector<std::string> arguments;
  /// All of it, as NAME=value.
  std::vector<std::string> environment;
  /// After which it is killed.
  std::chrono::seconds time_limit;
};

/// How a program has ended.
struct HookEnd {
  /// Why it was not run at all, as the end of a sentence that begins with it; empty if it was.
  std::string refusal{};
  /// Of a program that ended by itself.
  int status = 0;
  /// That ended it; 0: none did.
  int signal = 0;
  /// The signal was ours.
  bool timed_out = false;
  std::chrono::milliseconds duration{};
  /// The start of what it wrote there, as it wrote it, without blanks at the end.
  std::string standard_error;

  [[nodiscard]] bool succeeded() const { return refusal.empty() && status == 0 && signal == 0; }
};

class HookProcess : public std::enable_shared_from_this<HookProcess> {
 public:
  using Ended = std::function<void(const HookEnd&)>;

  /// Octets of standard error that are kept; the others are read all the same, so that the program
  /// is never held up.
  static constexpr std::size_t kKeptOutput = 1024;

  /// Runs the program as pppd does (main.c, run_program): in the root folder, in a session of its
  /// own, with umask 077, and nothing open but its standard streams. Fails where it cannot be
  /// executed; the reason is the end of a sentence that begins with the program. `ended` is called
  /// once, from the event loop, and not after the destructor. SIGCHLD must not be ignored.
  static Result<std::shared_ptr<HookProcess>> start(asio::io_context& context,
                                                    const HookCommand& command, Ended ended);
  HookProcess(const HookProcess&) = delete;
  HookProcess& operator=(const HookProcess&) = delete;
  /// Kills the program, and what it has started in its session, if it has not ended.
  ~HookProcess();

 private:
  class Output;

  HookProcess(asio::io_context& context, Ended ended);
  asio::error_code spawn(const HookCommand& command);
  asio::error_code watch(std::chrono::seconds time_limit);
  void time_is_over();
  void program_ended();

  Ended ended_;
  std::chrono::steady_clock::time_point started_;
  /// Also its session and process group; 0 before the start and after the end.
  pid_t process_ = 0;
  /// Of the process: readable once that has ended. Unlike SIGCHLD it interrupts nothing.
  asio::posix::stream_descriptor end_;
  asio::steady_timer time_limit_;
  bool timed_out_ = false;
  std::shared_ptr<Output> output_;
};

}  // namespace upptpd::server
