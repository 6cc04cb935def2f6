#include "config/toml_network.hpp"

#include <algorithm>
#include <array>

#include "auth/user_options.hpp"
#include "config/toml_addresses.hpp"
#include "core/bytes.hpp"
#include "core/interface_name.hpp"

namespace upptpd::config {
namespace {

/// Of a name in the DNS, and of a DHCP option (RFC 2132 section 3.17).
constexpr std::size_t kLongestDomain = 253;
/// At most nine octets each: two DHCP options of them in a packet that every client takes.
constexpr std::size_t kMostPushedRoutes = 24;

std::optional<std::string> read_interface_name(const Field& field) {
  const auto name = field.text(kLongestInterfaceName);
  if (!name || is_interface_name(*name)) return name;
  field.error("an interface name has no '/', ':', '%' or blank, and is not \".\" or \"..\"");
  return {};
}

/// IPCP has options for two name servers of a kind (RFC 1877).
std::vector<Ipv4Address> read_name_servers(const Field& field) {
  const auto items = field.items("[\"192.168.0.1\"]", true);
  if (!items) return {};
  if (items->size() > 2) field.error("at most two addresses can be told to a client");
  return read_addresses(*items, "the IPv4 address of a host",
                        [](Ipv4Address address) { return address.is_host(); });
}

}  // namespace

void read_interface(const Field& field, Config& config) {
  if (const auto name = read_interface_name(field)) config.network.interface = *name;
}

void read_local_ip(const Field& field, Config& config) {
  const auto text = field.text(255);
  if (!text) return;
  const auto address = Ipv4Address::parse(*text);
  if (!address || !address->is_host()) {
    field.error('"' + printable(*text) +
                "\" is not the IPv4 address of a host, like \"192.168.0.1\"");
    return;
  }
  config.network.local_ip = *address;
}

void read_client_ips(const Field& field, Config& config) {
  if (const auto items = field.items("[\"192.168.0.234-238\"]")) {
    config.network.client_ips = read_ranges(*items);
  }
}

void read_pools(const Field& field, Config& config) {
  constexpr std::string_view kExample = "{ office = [\"10.1.2.0/24\"] }";
  const auto pools = field.entries(kExample);
  if (!pools) return;
  for (const auto& [name, ranges] : *pools) {
    if (!auth::is_pool_name(name)) {
      ranges.error("the name of a pool has from 1 to 32 letters, digits, '-' or '_', unlike \"" +
                   printable(name) + '"');
      continue;
    }
    const auto items = ranges.items("[\"10.1.2.0/24\"]");
    if (items) config.network.pools[name] = read_ranges(*items);
  }
}

void read_dns(const Field& field, Config& config) { config.network.dns = read_name_servers(field); }

void read_wins(const Field& field, Config& config) {
  config.network.wins = read_name_servers(field);
}

void read_mtu(const Field& field, Config& config) {
  if (const auto mtu = field.integer(kSmallestMtu, kLargestMtu, " octets")) {
    config.network.mtu = static_cast<unsigned>(*mtu);
  }
}

void read_mss_clamp(const Field& field, Config& config) {
  if (const auto clamp = field.boolean()) config.network.mss_clamp = *clamp;
}

void read_proxy_arp(const Field& field, Config& config) {
  constexpr std::array<Choice<ProxyArp::Mode>, 2> kChoices = {
      {{"auto", ProxyArp::Mode::automatic}, {"off", ProxyArp::Mode::off}}};
  ProxyArp& proxy_arp = config.network.proxy_arp;
  if (field.is_text()) {
    const auto name = field.text(255);
    if (!name) return;
    const auto mode = field.choice<ProxyArp::Mode>(*name, kChoices);
    if (mode) proxy_arp = {*mode, {}};
    return;
  }
  const auto items = field.items("\"auto\", \"off\", or names of interfaces like [\"eth1\"]");
  if (!items) return;
  proxy_arp = {ProxyArp::Mode::listed, {}};
  for (const Field& item : *items) {
    if (const auto name = read_interface_name(item)) proxy_arp.interfaces.push_back(*name);
  }
}

void read_arp_probe(const Field& field, Config& config) {
  if (const auto probe = field.boolean()) config.network.arp_probe = *probe;
}

void read_domain(const Field& field, Config& config) {
  const auto domain = field.text_or_empty(kLongestDomain);
  if (!domain) return;
  const bool possible = std::ranges::all_of(*domain, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (!possible) {
    field.error("a domain like \"example.org\" has letters, digits, '-', '_' and '.' only");
    return;
  }
  config.network.domain = *domain;
}

void read_routes(const Field& field, Config& config) {
  const auto items = field.items("[\"10.0.0.0/8\"]", true);
  if (!items) return;
  if (items->size() > kMostPushedRoutes) {
    field.error("at most " + std::to_string(kMostPushedRoutes) + " networks fit in an answer");
  }
  config.network.routes = read_networks(*items);
}

void read_client_to_client(const Field& field, Config& config) {
  constexpr std::array<Choice<bool>, 2> kChoices = {{{"allow", true}, {"deny", false}}};
  const auto name = field.text(255);
  if (!name) return;
  if (const auto chosen = field.choice<bool>(*name, kChoices)) {
    config.network.client_to_client = *chosen;
  }
}

void read_client_routes(const Field& field, Config& config) {
  const auto users = field.entries("{ branch = [\"10.5.0.0/16\"] }");
  if (!users) return;
  for (const auto& [user, networks] : *users) {
    const auto items = networks.items("[\"10.5.0.0/16\"]");
    if (items) config.network.client_routes[user] = read_networks(*items);
  }
}

}  // namespace upptpd::config
