// Which inner addresses a client may use as source and reach as destination.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "core/ip_address.hpp"

namespace upptpd::ip {

inline bool is_in_any(const std::vector<Ipv4Network>& networks, Ipv4Address address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Ipv4Network& network) { return network.contains(address); });
}

/// Its own address, and those of the networks behind it.
class SourceFilter {
 public:
  SourceFilter() = default;
  explicit SourceFilter(Ipv4Address client, std::vector<Ipv4Network> behind = {})
      : client_(client), behind_(std::move(behind)) {}

  [[nodiscard]] bool permits(Ipv4Address source) const {
    return source == client_ || is_in_any(behind_, source);
  }

 private:
  Ipv4Address client_;
  std::vector<Ipv4Network> behind_;
};

/// Some networks; everything, if there are none.
class DestinationFilter {
 public:
  DestinationFilter() = default;
  explicit DestinationFilter(std::vector<Ipv4Network> allowed) : allowed_(std::move(allowed)) {}

  [[nodiscard]] bool permits(Ipv4Address destination) const {
    return allowed_.empty() || is_in_any(allowed_, destination);
  }

 private:
  std::vector<Ipv4Network> allowed_;
};

}  // namespace upptpd::ip
