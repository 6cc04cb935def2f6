// What can be asked on the admin socket (docs/admin-protocol.md): reads a request, has it done,
// writes the answer.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "admin/session_row.hpp"
#include "core/ip_address.hpp"
#include "observe/counters.hpp"
#include "server/admission.hpp"
#include "server/config_file.hpp"
#include "tun/packet_io.hpp"

namespace upptpd::server {

struct Kick {
  /// All sessions of that user, or the one with that tunnel address.
  std::variant<std::string, Ipv4Address> target;
  /// For the client and the log. May be empty.
  std::string reason;
};

struct Stats {
  std::chrono::system_clock::time_point since;
  std::chrono::seconds up{};
  /// With the calls that go on, and the packets that belonged to no call.
  observe::Counters::Totals totals;
  /// How the packets came and went, and how often we were woken for them.
  tun::PacketIo::Counters io{};
  std::uint64_t wake_ups = 0;
  Admission::Counts connections{};
};

/// Who does what is asked.
struct AdminActions {
  std::function<std::vector<admin::SessionRow>()> sessions;
  /// Yields the sessions that end.
  std::function<std::vector<admin::SessionRow>(const Kick&)> kick;
  std::function<Stats()> stats;
  std::function<ReloadResult(bool dry_run)> reload;
};

/// Octets of a reason: with what stands before it, it fits into a Terminate-Request.
inline constexpr std::size_t kLongestKickReason = 80;

/// The answer to one request, whatever octets that is: JSON without a line end.
std::string answer_admin_request(const std::string& request, const AdminActions& actions);

}  // namespace upptpd::server
