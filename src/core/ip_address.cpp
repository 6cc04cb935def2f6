#include "core/ip_address.hpp"

#include <charconv>

namespace upptpd {
namespace {

/// A decimal number up to `limit` that is the whole text, without sign or leading zeros.
std::optional<std::uint32_t> decimal(std::string_view text, std::uint32_t limit) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return {};
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > limit) return {};
  return value;
}

}  // namespace

std::optional<Ipv4Address> Ipv4Address::parse(std::string_view text) {
  std::uint32_t value = 0;
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return {};
    const auto octet = decimal(text.substr(0, dot), 255);
    if (!octet) return {};
    value = value << 8 | *octet;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return Ipv4Address(value);
}

std::string Ipv4Address::to_string() const {
  std::string text;
  for (unsigned shift : {24U, 16U, 8U, 0U}) {
    text += std::to_string(value_ >> shift & 0xff);
    if (shift != 0) text += '.';
  }
  return text;
}

std::optional<Ipv4Network> Ipv4Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Ipv4Address::parse(text.substr(0, slash));
  if (!address) return {};
  if (slash == std::string_view::npos) return Ipv4Network{*address, 32};
  const auto length = decimal(text.substr(slash + 1), 32);
  if (!length) return {};
  return Ipv4Network{*address, *length};
}

Result<Ipv4Network> Ipv4Network::parse_routable(std::string_view text) {
  const auto network = parse(text);
  if (!network) return fail("is not a network like \"10.5.0.0/16\"");
  if (network->prefix_length == 0) return fail("is every address: name the networks");
  if (network->first() != network->address) {
    return fail("names a host in a network: write \"" +
                Ipv4Network{network->first(), network->prefix_length}.to_string() + "\"");
  }
  // Enough: a block of addresses that has 127/8 inside also ends there.
  if (!network->first().is_host() || !network->last().is_host()) {
    return fail("has addresses that no host can have");
  }
  return *network;
}

std::string Ipv4Network::to_string() const {
  return address.to_string() + (prefix_length == 32 ? "" : "/" + std::to_string(prefix_length));
}

}  // namespace upptpd
