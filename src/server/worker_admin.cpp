// What the admin socket asks a worker, and has it do.
#include <algorithm>

#include "net/clock.hpp"
#include "server/worker.hpp"

namespace upptpd::server {
namespace {

/// By the clock that nobody sets.
std::chrono::seconds seconds_since(Instant then) {
  return std::chrono::duration_cast<std::chrono::seconds>(net::now() - then);
}

/// What the clock on the wall showed then, or would have if it had been right.
std::chrono::system_clock::time_point wall_time(Instant then) {
  return std::chrono::system_clock::now() -
         std::chrono::duration_cast<std::chrono::system_clock::duration>(net::now() - then);
}

/// Of a call on which traffic flows.
admin::SessionRow row_of(const ServedCall& call) {
  const Instant since = *call.connected_since();
  const session::Statistics& statistics = call.statistics();
  return {call.user(),
          call.peer().to_string(),
          call.client().to_string(),
          wall_time(since),
          seconds_since(since),
          statistics.bytes_in,
          statistics.bytes_out,
          statistics.packets_in,
          statistics.packets_out,
          call.encryption() ? ppp::in_words(*call.encryption()) : "none",
          call.id().value(),
          std::string(ppp::to_string(call.method())),
          call.client_name(),
          call.computer()};
}

}  // namespace

std::vector<admin::SessionRow> Worker::sessions() const {
  std::vector<admin::SessionRow> rows;
  sessions_.for_each([&](const ServedCall& call) {
    if (call.connected_since()) rows.push_back(row_of(call));
  });
  return rows;
}

std::vector<admin::SessionRow> Worker::kick(const Kick& kick) {
  const auto* user = std::get_if<std::string>(&kick.target);
  const auto* address = std::get_if<Ipv4Address>(&kick.target);
  std::vector<admin::SessionRow> rows;
  std::vector<CallId> calls;
  sessions_.for_each([&](ServedCall& call) {
    const bool meant = user != nullptr ? call.user() == *user : call.client() == *address;
    if (!meant) return;
    // Who has logged in and is about to be connected must not slip through.
    calls.push_back(call.id());
    if (call.connected_since()) rows.push_back(row_of(call));
  });
  log_.info(observe::Line("kick")
                .add("target", user != nullptr ? *user : address->to_string())
                .add("sessions", calls.size())
                .add("reason", kick.reason));
  const Instant now = net::now();
  for (const CallId id : calls) {
    ServedCall* call = sessions_.find(id);
    if (call == nullptr) continue;  // its connection broke when another call on it ended
    call->hang_up(session::Cause::kicked, now, kick.reason);
    settle(*call, now);
  }
  finish_round(now);
  return rows;
}

Stats Worker::stats() {
  Stats stats{wall_time(started_), seconds_since(started_), counters_.totals(), io_.counters(),
              wake_ups_,           admission_.counts()};
  session::Statistics& traffic = stats.totals.traffic;
  traffic.drops.add(drops_);
  traffic.drops.add(DropReason::gre_queue_full, io_.gre_overflowed());
  traffic.drops.add(DropReason::tun_queue_full,
                    resources_.netlink.dropped(config_.network.interface));
  sessions_.for_each([&](const ServedCall& call) {
    if (!call.finished()) observe::add(traffic, call.statistics());
  });
  return stats;
}

}  // namespace upptpd::server
