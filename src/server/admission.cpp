#include "server/admission.hpp"

#include <algorithm>
#include <chrono>

namespace upptpd::server {
namespace {

constexpr auto kQuiet = std::chrono::minutes(1);

bool contain(const std::vector<Ipv4Network>& networks, Ipv4Address address) {
  return std::ranges::any_of(networks, [&](auto& network) { return network.contains(address); });
}

}  // namespace

bool Admission::admits(Ipv4Address from, Instant now) {
  const bool allowed = limits_.allow.empty() || contain(limits_.allow, from);
  if (!allowed || contain(limits_.deny, from)) {
    ++counts_.not_allowed;
    return false;
  }
  if (guard_.blocked(from, now)) {
    ++counts_.blocked;
    return false;
  }
  return true;
}

// A connection from an address or network that has too many costs another one from there: whoever
// opens them keeps out nobody but himself and his neighbours.
std::optional<ConnectionId> Admission::entered(ConnectionId id, Ipv4Address from, Instant now) {
  Group address{"limits.prelogin_per_address", limits_.prelogin_per_address};
  Group network{"limits.prelogin_per_network", limits_.prelogin_per_network};
  Group all{"limits.prelogin", limits_.prelogin};
  const Ipv4Network neighbours = around(from);
  for (const Waiting& other : waiting_) {
    all.add(other.id);
    if (neighbours.contains(other.from)) network.add(other.id);
    if (other.from == from) address.add(other.id);
  }
  waiting_.push_back({id, from});
  for (const Group& group : {address, network, all}) {
    if (group.count >= group.most) return crowd_out(group.oldest, group.limit, now);
  }
  return {};
}

void Admission::waits_again(ConnectionId id, Ipv4Address from) {
  const auto place = std::ranges::lower_bound(waiting_, id, {}, &Waiting::id);
  if (place == waiting_.end() || place->id != id) waiting_.insert(place, {id, from});
}

void Admission::passed(ConnectionId id) {
  const auto place = std::ranges::lower_bound(waiting_, id, {}, &Waiting::id);
  if (place != waiting_.end() && place->id == id) waiting_.erase(place);
}

ConnectionId Admission::crowd_out(ConnectionId id, const char* limit, Instant now) {
  ++counts_.crowded_out;
  if (now >= quiet_until_) {
    quiet_until_ = now + kQuiet;
    log_.warn(observe::Line("many_connections")
                  .add("without_login", waiting_.size())
                  .add("limit", limit)
                  .add("message", "the oldest without a login is closed for each new one"));
  }
  passed(id);
  return id;
}

}  // namespace upptpd::server
