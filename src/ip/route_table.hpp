// Who is behind an address: hosts and networks, the longest prefix wins. RFC 1812 section 5.2.4.3.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "core/ip_address.hpp"

namespace upptpd::ip {

/// One look-up per prefix length that is in use, hosts first.
template <class Value>
class RouteTable {
 public:
  /// False, and nothing changed, if that very network is there.
  bool add(const Ipv4Network& network, Value value) {
    return routes_of(network.prefix_length).try_emplace(network.first(), value).second;
  }

  void remove(const Ipv4Network& network) {
    const auto level = find_level(network.prefix_length);
    if (level == levels_.end()) return;
    level->routes.erase(network.first());
    if (level->routes.empty()) levels_.erase(level);
  }

  /// Null if nothing leads there; valid until the next change.
  [[nodiscard]] const Value* find(Ipv4Address address) const {
    for (const Level& level : levels_) {
      const auto found = level.routes.find(Ipv4Network{address, level.prefix_length}.first());
      if (found != level.routes.end()) return &found->second;
    }
    return nullptr;
  }

 private:
  using Routes = std::unordered_map<Ipv4Address, Value>;
  struct Level {
    unsigned prefix_length;
    Routes routes;
  };

  auto find_level(unsigned prefix_length) {
    return std::find_if(levels_.begin(), levels_.end(),
                        [&](const Level& level) { return level.prefix_length == prefix_length; });
  }

  Routes& routes_of(unsigned prefix_length) {
    const auto known = find_level(prefix_length);
    if (known != levels_.end()) return known->routes;
    const auto place = std::find_if(levels_.begin(), levels_.end(), [&](const Level& level) {
      return level.prefix_length < prefix_length;
    });
    return levels_.insert(place, {prefix_length, {}})->routes;
  }

  /// The longest prefix first; none is empty.
  std::vector<Level> levels_;
};

}  // namespace upptpd::ip
