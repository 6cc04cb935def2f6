#include "server/hook_runner.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <unordered_set>
#include <utility>

#include "core/bytes.hpp"
#include "server/secret_file.hpp"

namespace upptpd::server {
namespace {

constexpr std::array kHooks = {Hook::ip_pre_up, Hook::ip_up, Hook::ip_down, Hook::auth_up,
                               Hook::auth_down};

/// A call has no terminal, but scripts expect a word there.
constexpr const char* kTerminal = "none";
/// What Poptop tells pppd.
constexpr const char* kSpeed = "115200";
/// pppd sets none; shells then take this one, other programs what they like.
constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Octets of a hook's own words in the reason for its failure.
constexpr std::size_t kLongestReason = 256;

const std::string& path_of(const config::HooksConfig& config, Hook hook) {
  switch (hook) {
    case Hook::ip_pre_up:
      return config.ip_pre_up;
    case Hook::ip_up:
      return config.ip_up;
    case Hook::ip_down:
      return config.ip_down;
    case Hook::auth_up:
      return config.auth_up;
    case Hook::auth_down:
      break;
  }
  return config.auth_down;
}

/// Why a program is not run, as the end of a sentence that begins with its path; empty if it is.
std::string obstacle(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return "does not exist: put it there, or change the configuration";
    return "cannot be run: " + reason(errno);
  }
  const std::string unsafe = objection(status, ::geteuid());
  if (!unsafe.empty()) return "is refused: it " + unsafe;
  if ((status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
    return "is refused: it is not executable: chmod 0755 it";
  }
  return {};
}

std::string name_of_own_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

/// What one of them sets up for an address, another one takes away.
bool is_of_address(Hook hook) { return hook != Hook::auth_up && hook != Hook::auth_down; }

bool is_at_the_end(Hook hook) { return hook == Hook::ip_down || hook == Hook::auth_down; }

std::vector<std::string> arguments_of(Hook hook, const HookFacts& facts,
                                      const std::string& own_user) {
  if (hook == Hook::auth_up || hook == Hook::auth_down) {
    return {facts.interface, facts.user, own_user, kTerminal, kSpeed, facts.peer.to_string()};
  }
  return {
      facts.interface,       kTerminal, kSpeed, facts.local.to_string(), facts.client.to_string(),
      facts.peer.to_string()};
}

std::vector<std::string> environment_of(Hook hook, const HookFacts& facts,
                                        const std::string& own_user) {
  std::vector<std::string> environment = {kPath};
  const auto set = [&](const char* name, const std::string& value) {
    environment.push_back(std::string(name) + "=" + value);
  };
  const auto set_address = [&](const char* name, Ipv4Address address) {
    if (!address.is_unspecified()) set(name, address.to_string());
  };
  if (!facts.user.empty()) set("PEERNAME", facts.user);
  set_address("IPLOCAL", facts.local);
  set_address("IPREMOTE", facts.client);
  set_address("REMOTENUMBER", facts.peer);
  set("IFNAME", facts.interface);
  set("DEVICE", kTerminal);
  set("SPEED", kSpeed);
  // pppd's differs from session to session, so that scripts take it for the session's number.
  set("UNIT", std::to_string(facts.call.value()));
  // No PPPD_PID: scripts kill that to end one session, and ours is everybody's.
  set("ORIG_UID", std::to_string(::getuid()));
  set("PPPLOGNAME", own_user);
  if (is_at_the_end(hook)) {
    set("CONNECT_TIME", std::to_string(facts.connect_time.count()));
    set("BYTES_SENT", std::to_string(facts.octets_sent));
    set("BYTES_RCVD", std::to_string(facts.octets_received));
  }
  return environment;
}

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

std::string_view to_string(Hook hook) {
  switch (hook) {
    case Hook::ip_pre_up:
      return "ip_pre_up";
    case Hook::ip_up:
      return "ip_up";
    case Hook::ip_down:
      return "ip_down";
    case Hook::auth_up:
      return "auth_up";
    case Hook::auth_down:
      break;
  }
  return "auth_down";
}

std::vector<std::string> unusable_hooks(const config::HooksConfig& config) {
  std::vector<std::string> sentences;
  for (const Hook hook : kHooks) {
    const std::string& path = path_of(config, hook);
    const std::string why = path.empty() ? "" : obstacle(path);
    if (!why.empty()) {
      sentences.push_back("hooks." + std::string(to_string(hook)) + ": " + path + " " + why);
    }
  }
  return sentences;
}

HookRunner::HookRunner(asio::io_context& context, const config::HooksConfig& config,
                       observe::Log& log)
    : context_(context), config_(config), log_(log), own_user_(name_of_own_user()) {
  std::signal(SIGCHLD, SIG_DFL);
}

bool HookRunner::configured(Hook hook) const { return !path_of(config_, hook).empty(); }

void HookRunner::run(Hook hook, HookFacts facts, Done done) {
  if (!configured(hook)) return complete(done, {});
  Run run{hook, std::move(facts), std::move(done)};
  // The ends are as many as the calls.
  if (waiting_.size() >= kMostWaiting && !is_at_the_end(hook)) return turn_away(run);
  waiting_.push_back(std::move(run));
  start_waiting();
}

void HookRunner::start_waiting() {
  while (running_.size() < config_.parallel) {
    const auto next = find_next();
    if (next == waiting_.end()) break;
    Run run = std::move(*next);
    waiting_.erase(next);
    start(std::move(run));
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

// Looked at before every run: who may write it may have changed. Between here and the start it
// could change once more, but only by those whom it is safe from now.
void HookRunner::start(Run run) {
  const std::string& path = path_of(config_, run.hook);
  const std::string why = obstacle(path);
  if (!why.empty()) return refuse(run, why);
  const CallId call = run.facts.call;
  std::error_code ignored;
  auto process =
      HookProcess::start(context_,
                         {std::filesystem::absolute(path, ignored).string(),
                          arguments_of(run.hook, run.facts, own_user_),
                          environment_of(run.hook, run.facts, own_user_), config_.timeout},
                         [this, call](const HookEnd& end) { ended(call, end); });
  if (!process) return refuse(run, process.error().message);
  running_.emplace(call, Running{std::move(run), std::move(*process)});
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
