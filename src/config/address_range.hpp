// Ranges of IPv4 addresses, as pools are written in a configuration.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/ip_address.hpp"
#include "core/result.hpp"

namespace upptpd::config {

struct AddressRange {
  Ipv4Address first;
  /// Not before `first`.
  Ipv4Address last;

  [[nodiscard]] constexpr bool contains(Ipv4Address address) const {
    return first <= address && address <= last;
  }
  [[nodiscard]] constexpr bool overlaps(const Ipv4Network& network) const {
    return first <= network.last() && network.first() <= last;
  }
  [[nodiscard]] constexpr std::uint64_t size() const {
    return std::uint64_t{last.value()} - first.value() + 1;
  }

  friend constexpr bool operator==(AddressRange, AddressRange) = default;
};

/// One element of a pool: "a.b.c.d", an address with one of its numbers written "from-to"
/// ("10.0.0.5-9", and as several ranges "10.0.1-3.7"), or "a.b.c.d/n" for the addresses of hosts in
/// a network (of /31 and /32: all addresses). Fails for anything else and for addresses that no
/// host can have.
Result<std::vector<AddressRange>> parse_address_ranges(std::string_view text);

}  // namespace upptpd::config
