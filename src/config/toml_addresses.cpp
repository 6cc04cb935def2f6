#include "config/toml_addresses.hpp"

#include "core/bytes.hpp"

namespace upptpd::config {

std::vector<Ipv4Address> read_addresses(const std::vector<Field>& items, std::string_view wanted,
                                        bool (*accepts)(Ipv4Address)) {
  std::vector<Ipv4Address> addresses;
  for (const Field& item : items) {
    const auto text = item.text(255);
    if (!text) continue;
    const auto address = Ipv4Address::parse(*text);
    if (address && accepts(*address)) {
      addresses.push_back(*address);
    } else {
      item.error('"' + printable(*text) + "\" is not " + std::string(wanted));
    }
  }
  return addresses;
}

std::vector<AddressRange> read_ranges(const std::vector<Field>& items) {
  std::vector<AddressRange> pool;
  for (const Field& item : items) {
    const auto text = item.text(255);
    if (!text) continue;
    const auto ranges = parse_address_ranges(*text);
    if (ranges) {
      pool.insert(pool.end(), ranges->begin(), ranges->end());
    } else {
      item.error(ranges.error().message);
    }
  }
  return pool;
}

std::vector<Ipv4Network> read_networks(const std::vector<Field>& items) {
  std::vector<Ipv4Network> networks;
  for (const Field& item : items) {
    const auto text = item.text(255);
    if (!text) continue;
    const auto network = Ipv4Network::parse_routable(*text);
    if (network) {
      networks.push_back(*network);
    } else {
      item.error('"' + printable(*text) + "\" " + network.error().message);
    }
  }
  return networks;
}

}  // namespace upptpd::config
