#include "config/address_range.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace upptpd::config {
namespace {

using Ranges = std::vector<AddressRange>;

std::string quoted(std::string_view text) { return '"' + printable(text) + '"'; }

Result<Ranges> parse_network(std::string_view text) {
  const auto network = Ipv4Network::parse(text);
  if (!network) return fail(quoted(text) + " is not a network like \"192.168.0.0/24\"");
  const std::uint32_t host_mask = ~network->mask();
  const std::uint32_t base = network->address.value() & network->mask();
  if (base != network->address.value()) {
    return fail(quoted(text) + " names a host in a network: write \"" +
                Ipv4Address(base).to_string() + "/" + std::to_string(network->prefix_length) +
                "\"");
  }
  if (network->prefix_length >= 31) {
    return Ranges{{Ipv4Address(base), Ipv4Address(base | host_mask)}};
  }
  return Ranges{{Ipv4Address(base + 1), Ipv4Address((base | host_mask) - 1)}};
}

/// The address with `octet` in place of what stands from `begin` to `end`.
std::optional<Ipv4Address> with_octet(std::string_view text, std::size_t begin, std::size_t end,
                                      std::string_view octet) {
  std::string address(text.substr(0, begin));
  address += octet;
  address += text.substr(end);
  return Ipv4Address::parse(address);
}

Result<Ranges> parse_octet_range(std::string_view text, std::size_t dash) {
  // Where there is no dot before the dash, npos + 1 is 0.
  const std::size_t begin = text.substr(0, dash).rfind('.') + 1;
  const std::size_t end = std::min(text.find('.', dash), text.size());
  const auto first = with_octet(text, begin, end, text.substr(begin, dash - begin));
  const auto last = with_octet(text, begin, end, text.substr(dash + 1, end - dash - 1));
  if (!first || !last) {
    return fail(
        quoted(text) +
        " is not a range like \"192.168.0.234-238\": one number of an address is written from-to");
  }
  if (*last < *first) return fail(quoted(text) + " ends before it begins");
  if (end == text.size()) return Ranges{{*first, *last}};
  Ranges ranges;
  const std::uint32_t following = static_cast<std::uint32_t>(
      std::count(text.begin() + static_cast<std::ptrdiff_t>(end), text.end(), '.'));
  const std::uint32_t step = std::uint32_t{1} << 8 * following;
  for (std::uint64_t address = first->value(); address <= last->value(); address += step) {
    const Ipv4Address host(static_cast<std::uint32_t>(address));
    ranges.push_back({host, host});
  }
  return ranges;
}

Result<Ranges> parse_form(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return parse_network(text);
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) return parse_octet_range(text, dash);
  const auto address = Ipv4Address::parse(text);
  if (!address) {
    return fail(
        quoted(text) +
        " is not an IPv4 address \"a.b.c.d\", a range \"a.b.c.d-e\", or a network \"a.b.c.d/n\"");
  }
  return Ranges{{*address, *address}};
}

}  // namespace

Result<Ranges> parse_address_ranges(std::string_view text) {
  Result<Ranges> ranges = parse_form(text);
  if (!ranges) return ranges;
  for (const AddressRange& range : *ranges) {
    // Enough: a block of addresses that has 127/8 inside also ends there.
    if (!range.first.is_host() || !range.last.is_host()) {
      return fail(quoted(text) +
                  " contains addresses that no host can have (0.0.0.0/8, 127.0.0.0/8, 224.0.0.0 "
                  "and above)");
    }
  }
  return ranges;
}

}  // namespace upptpd::config
