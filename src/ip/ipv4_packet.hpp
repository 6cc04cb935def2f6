// The fields of an IPv4 header that we look at. RFC 791 section 3.1.
#pragma once

#include <optional>

#include "core/bytes.hpp"
#include "core/ip_address.hpp"

namespace upptpd::ip {

struct Ipv4Packet {
  Ipv4Address source;
  Ipv4Address destination;
  std::size_t header_length = 0;
  std::uint16_t total_length = 0;

  /// None if it is not IPv4, or its lengths are impossible. What lies behind the total length is
  /// padding.
  static std::optional<Ipv4Packet> parse(View packet);
};

}  // namespace upptpd::ip
