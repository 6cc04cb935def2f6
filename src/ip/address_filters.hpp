// Which inner source addresses a client may use: its own.
#pragma once

#include "core/ip_address.hpp"

namespace upptpd::ip {

class SourceFilter {
 public:
  SourceFilter() = default;
  explicit SourceFilter(Ipv4Address client) : client_(client) {}

  [[nodiscard]] bool permits(Ipv4Address source) const { return source == client_; }

 private:
  Ipv4Address client_;
};

}  // namespace upptpd::ip
