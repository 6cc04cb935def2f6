#include "server/hook_runner.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "core/bytes.hpp"

namespace upptpd::server {
namespace {

/// Octets of a hook's own words in the reason for its failure.
constexpr std::size_t kLongestReason = 256;

/// What one of them sets up for an address, another one takes away.
bool is_of_address(Hook hook) { return hook != Hook::auth_up && hook != Hook::auth_down; }

observe::Line line_of(std::string_view event, Hook hook, const HookFacts& facts) {
  observe::Line line(event);
  line.add("hook", to_string(hook))
      .add("call", facts.call.value())
      .add("peer", facts.peer.to_string());
  if (!facts.user.empty()) line.add("user", facts.user);
  return line;
}

/// As the end of a sentence that begins with the program.
std::string in_words(const HookEnd& end) {
  if (end.timed_out) return "was killed because it took too long";
  if (end.signal != 0) {
    return "was ended by signal " + std::to_string(end.signal) + " (" + ::strsignal(end.signal) +
           ")";
  }
  return "ended with status " + std::to_string(end.status);
}

}  // namespace

HookRunner::HookRunner(asio::io_context& context, const config::HooksConfig& config,
                       observe::Log& log, StartHook start_hook)
    : context_(context), config_(config), log_(log), start_hook_(std::move(start_hook)) {}

bool HookRunner::configured(Hook hook) const { return !path_of(config_, hook).empty(); }

bool HookRunner::run(Hook hook, HookFacts facts, Done done) {
  if (!configured(hook)) {
    complete(done, {});
    return true;
  }
  Run run{hook, std::move(facts), std::move(done)};
  if (waiting_.size() >= (is_at_the_end(hook) ? kMostEndsWaiting : kMostWaiting)) {
    turn_away(run);
    return false;
  }
  waiting_.push_back(std::move(run));
  start_waiting();
  return true;
}

void HookRunner::undo(Hook up, HookFacts facts) {
  const auto waiting = std::ranges::find_if(
      waiting_, [&](const Run& run) { return run.hook == up && run.facts.call == facts.call; });
  if (waiting == waiting_.end()) {
    run(up == Hook::auth_up ? Hook::auth_down : Hook::ip_down, std::move(facts));
    return;
  }
  log_.info(line_of("hook_given_up", up, facts)
                .add("reason", "what it is for is over before it could be run"));
  waiting_.erase(waiting);
  start_waiting();
}

void HookRunner::start_waiting() {
  while (running_.size() < config_.parallel) {
    const auto next = find_next();
    if (next == waiting_.end()) break;
    Run run = std::move(*next);
    waiting_.erase(next);
    if (configured(run.hook)) {
      start(std::move(run));
    } else {
      complete(run.done, {});  // not any more
    }
  }
  if (waiting_.empty()) crowd_logged_ = false;
}

/// The first for whose call, and address, nothing runs or waits.
std::deque<HookRunner::Run>::iterator HookRunner::find_next() {
  std::unordered_set<CallId> calls;
  std::unordered_set<Ipv4Address> addresses;
  // Whether there was nothing of the kind before; there is now.
  const auto is_first = [&](const Run& run) {
    const bool first_of_call = calls.insert(run.facts.call).second;
    const bool of_address = is_of_address(run.hook) && !run.facts.client.is_unspecified();
    const bool first_of_address = !of_address || addresses.insert(run.facts.client).second;
    return first_of_call && first_of_address;
  };
  for (const auto& [call, running] : running_) is_first(running.run);
  return std::ranges::find_if(waiting_, is_first);
}

void HookRunner::give_up_pre_up(CallId call) {
  const auto is_meant = [&](const Run& run) {
    return run.hook == Hook::ip_pre_up && run.facts.call == call;
  };
  std::erase_if(waiting_, is_meant);
  const auto running = running_.find(call);
  if (running == running_.end() || !is_meant(running->second.run)) return;
  log_.info(line_of("hook_given_up", Hook::ip_pre_up, running->second.run.facts)
                .add("reason", "the call has ended"));
  running_.erase(running);
  start_waiting();
}

void HookRunner::tell_what_is_left() const {
  if (idle()) return;
  log_.warn(
      observe::Line("hooks_left")
          .add("running", running_.size())
          .add("waiting", waiting_.size())
          .add("message", "the server ends without them: raise hooks.timeout or hooks.parallel"));
}

void HookRunner::start(Run run) {
  const CallId call = run.facts.call;
  auto program =
      start_hook_(run.hook, run.facts, [this, call](const HookEnd& end) { ended(call, end); });
  running_.emplace(call, Running{std::move(run), std::move(program)});
}

void HookRunner::refuse(const Run& run, const std::string& reason) {
  const std::string sentence = path_of(config_, run.hook) + " " + reason;
  log_.warn(line_of("hook_refused", run.hook, run.facts).add("reason", sentence));
  complete(run.done, fail(sentence));
}

void HookRunner::turn_away(const Run& run) {
  const std::string sentence = path_of(config_, run.hook) + " is not run, because " +
                               std::to_string(waiting_.size()) +
                               " hooks wait already: make them quicker, or raise hooks.parallel";
  if (!std::exchange(crowd_logged_, true)) {
    log_.warn(line_of("hooks_crowded", run.hook, run.facts).add("reason", sentence));
  }
  complete(run.done, fail(sentence));
}

void HookRunner::ended(CallId call, const HookEnd& end) {
  const Run run = std::move(running_.extract(call).mapped().run);
  if (!end.refusal.empty()) {
    refuse(run, end.refusal);
    return start_waiting();
  }
  observe::Line line = line_of("hook_ended", run.hook, run.facts);
  if (end.timed_out) {
    line.add("timeout_s", config_.timeout.count());
  } else if (end.signal != 0) {
    line.add("signal", end.signal);
  } else {
    line.add("status", end.status);
  }
  line.add("duration_ms", end.duration.count());
  if (!end.standard_error.empty()) line.add("stderr", end.standard_error);
  if (end.succeeded()) {
    log_.info(line);
    complete(run.done, {});
  } else {
    log_.warn(line);
    std::string sentence = path_of(config_, run.hook) + " " + in_words(end);
    if (!end.standard_error.empty()) {
      sentence += ": " + printable(end.standard_error, kLongestReason);
    }
    complete(run.done, fail(std::move(sentence)));
  }
  start_waiting();
}

void HookRunner::complete(const Done& done, Result<void> result) {
  if (!done) return;
  asio::post(context_, [alive = std::weak_ptr(alive_), done, result = std::move(result)] {
    if (!alive.expired()) done(result);
  });
}

}  // namespace upptpd::server
