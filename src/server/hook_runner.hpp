// Programs of the administrator that are run as sessions come and go: in which order, and how many
// at a time.
#pragma once

#include <asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "config/config.hpp"
#include "core/result.hpp"
#include "observe/log.hpp"
#include "server/hook_programs.hpp"

namespace upptpd::server {

class HookRunner {
 public:
  using Done = std::function<void(const Result<void>&)>;

  /// Hooks that wait for others; a further one is not run, unless it undoes what another one did.
  static constexpr std::size_t kMostWaiting = 4096;
  /// Then not even that: where nothing does what they undo, calls can come and go without an end.
  static constexpr std::size_t kMostEndsWaiting = 4 * kMostWaiting;

  /// What it refers to must outlive it.
  HookRunner(asio::io_context& context, const config::HooksConfig& config, observe::Log& log,
             StartHook start_hook);
  HookRunner(const HookRunner&) = delete;
  HookRunner& operator=(const HookRunner&) = delete;
  /// Kills what still runs.
  ~HookRunner() = default;

  /// Runs the hook after all earlier ones of its session, one at a time, and those of an address
  /// after all earlier ones of that address. `done` is called from the
  /// event loop, never from here and not after the destructor: with success when the program has
  /// ended with status 0 or none is configured, else with the reason, in printable ASCII. False if
  /// too many wait, so that it is not run, nor is to be what undoes it.
  bool run(Hook hook, HookFacts facts, Done done = {});

  /// Runs ip_down or auth_down, which undoes what `up` did. While that itself waits, neither is
  /// run: a call that comes and goes all the time must not keep the hooks of others waiting.
  void undo(Hook up, HookFacts facts);

  /// A call has ended: whether it may come up is no question any more. Ends ip_pre_up where it runs
  /// or waits for that call; its `done` is not called.
  void give_up_pre_up(CallId call);
  /// Tells what is left out if we go now.
  void tell_what_is_left() const;

  [[nodiscard]] bool configured(Hook hook) const;
  /// Whether nothing runs and nothing waits.
  [[nodiscard]] bool idle() const { return running_.empty() && waiting_.empty(); }

 private:
  struct Run {
    Hook hook;
    HookFacts facts;
    Done done;
  };
  struct Running {
    Run run;
    /// Ends with this.
    std::shared_ptr<void> program;
  };

  void start_waiting();
  std::deque<Run>::iterator find_next();
  void start(Run run);
  void refuse(const Run& run, const std::string& reason);
  void turn_away(const Run& run);
  void ended(CallId call, const HookEnd& end);
  void complete(const Done& done, Result<void> result);

  asio::io_context& context_;
  const config::HooksConfig& config_;
  observe::Log& log_;
  const StartHook start_hook_;
  std::deque<Run> waiting_;
  /// By session, which has one at a time.
  std::unordered_map<CallId, Running> running_;
  bool crowd_logged_ = false;
  /// Gone with us: what is still to be completed then is not.
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace upptpd::server
