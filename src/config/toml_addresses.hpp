// Addresses, ranges and networks in a TOML file.
#pragma once

#include <string_view>
#include <vector>

#include "config/address_range.hpp"
#include "config/toml_field.hpp"
#include "core/ip_address.hpp"

namespace upptpd::config {

/// Each item as an address for which `accepts` holds; what it must be otherwise is `wanted`. Here
/// and below, an item that is none is reported and left out.
std::vector<Ipv4Address> read_addresses(const std::vector<Field>& items, std::string_view wanted,
                                        bool (*accepts)(Ipv4Address));

/// The ranges of a pool, as `parse_address_ranges` understands them.
std::vector<AddressRange> read_ranges(const std::vector<Field>& items);

/// Each item as a network "a.b.c.d/n" to be routed: see `Ipv4Network::parse_routable`.
std::vector<Ipv4Network> read_networks(const std::vector<Field>& items);

}  // namespace upptpd::config
