// Programs of the administrator that are run as sessions come and go, with pppd's arguments and
// environment (pppd(8), SCRIPTS).
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "core/ip_address.hpp"
#include "core/result.hpp"
#include "core/tagged.hpp"
#include "observe/log.hpp"
#include "server/hook_process.hpp"

namespace upptpd::server {

enum class Hook : std::uint8_t { ip_pre_up, ip_up, ip_down, auth_up, auth_down };

/// As the configuration calls it.
std::string_view to_string(Hook hook);

/// What a hook is told of a session. What is not known, empty or unspecified here, is not set in
/// its environment.
struct HookFacts {
  CallId call;
  /// PEERNAME: as it logged in, so that it may hold anything.
  std::string user;
  std::string interface;
  Ipv4Address local;
  Ipv4Address client;
  /// Where the tunnel comes from: REMOTENUMBER and the last argument.
  Ipv4Address peer;
  /// For ip_down and auth_down.
  std::chrono::seconds connect_time{};
  std::uint64_t octets_sent = 0;  // to the client
  std::uint64_t octets_received = 0;
};

/// One sentence for each hook of the configuration that could not be run now.
std::vector<std::string> unusable_hooks(const config::HooksConfig& config);

class HookRunner {
 public:
  using Done = std::function<void(const Result<void>&)>;

  /// Hooks that wait for others; a further one is not run, unless what it undoes was done.
  static constexpr std::size_t kMostWaiting = 4096;

  /// What it is given must outlive it. Resets SIGCHLD, which our parent may have had us ignore.
  HookRunner(asio::io_context& context, const config::HooksConfig& config, observe::Log& log);
  HookRunner(const HookRunner&) = delete;
  HookRunner& operator=(const HookRunner&) = delete;
  /// Kills what still runs.
  ~HookRunner() = default;

  /// Runs the hook after all earlier ones of its session, one at a time, and those of an address
  /// after all earlier ones of that address. `done` is called from the
  /// event loop, never from here and not after the destructor: with success when the program has
  /// ended with status 0 or none is configured, else with the reason, in printable ASCII.
  void run(Hook hook, HookFacts facts, Done done = {});

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
    std::shared_ptr<HookProcess> process;
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
  /// The user that hooks run as.
  const std::string own_user_;
  std::deque<Run> waiting_;
  /// By session, which has one at a time.
  std::unordered_map<CallId, Running> running_;
  bool crowd_logged_ = false;
  /// Gone with us: what is still to be completed then is not.
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace upptpd::server
