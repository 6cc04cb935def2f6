// The programs behind the hooks: which they are, whether they may be run, and what they are told:
// pppd's arguments and environment (pppd(8), SCRIPTS).
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/ip_address.hpp"
#include "core/tagged.hpp"
#include "server/hook_process.hpp"

namespace upptpd::server {

enum class Hook : std::uint8_t { ip_pre_up, ip_up, ip_down, auth_up, auth_down };

/// As the configuration calls it.
std::string_view to_string(Hook hook);
const std::string& path_of(const config::HooksConfig& config, Hook hook);
/// Nothing for what is no number of one.
std::optional<Hook> hook_from(unsigned number);
/// For the end of a session.
bool is_at_the_end(Hook hook);

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

/// Has a configured hook run. `ended` is called once, from the event loop, never from here; not at
/// all once what is returned has gone, and with it the program.
using StartHook = std::function<std::shared_ptr<void>(Hook hook, const HookFacts& facts,
                                                      HookProcess::Ended ended)>;

/// Runs them as children of this process, with its rights.
class HookPrograms {
 public:
  /// What it is given must outlive it. Resets SIGCHLD, which our parent may have had us ignore.
  HookPrograms(asio::io_context& context, const config::HooksConfig& config);

  /// A StartHook.
  std::shared_ptr<void> start(Hook hook, const HookFacts& facts, HookProcess::Ended ended);

 private:
  asio::io_context& context_;
  const config::HooksConfig& config_;
  /// The user that hooks run as.
  const std::string own_user_;
};

}  // namespace upptpd::server
