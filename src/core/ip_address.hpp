// IPv4 addresses and networks.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace upptpd {

class Ipv4Address {
 public:
  constexpr Ipv4Address() = default;
  /// From a number in host order: 0x7f000001 is 127.0.0.1.
  constexpr explicit Ipv4Address(std::uint32_t value) : value_(value) {}

  /// Dotted quad, each part decimal without leading zeros; nothing else.
  static std::optional<Ipv4Address> parse(std::string_view text);

  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  [[nodiscard]] constexpr bool is_unspecified() const { return value_ == 0; }
  [[nodiscard]] constexpr bool is_loopback() const { return value_ >> 24 == 127; }
  /// Multicast, and class E with the limited broadcast address.
  [[nodiscard]] constexpr bool is_multicast_or_above() const { return value_ >= 0xe0000000; }
  /// Whether one host can have it.
  [[nodiscard]] constexpr bool is_host() const {
    return value_ >> 24 != 0 && !is_loopback() && !is_multicast_or_above();
  }
  [[nodiscard]] std::string to_string() const;

  friend constexpr auto operator<=>(Ipv4Address, Ipv4Address) = default;

 private:
  std::uint32_t value_ = 0;
};

struct Ipv4Network {
  Ipv4Address address;
  unsigned prefix_length = 32;

  /// "a.b.c.d/n" with n from 0 to 32, or "a.b.c.d" for one host.
  static std::optional<Ipv4Network> parse(std::string_view text);

  /// The same for a network that a route can lead to: not everything, no host bits set, only
  /// addresses that hosts can have. Fails with what follows the text in a sentence.
  static Result<Ipv4Network> parse_routable(std::string_view text);

  [[nodiscard]] constexpr std::uint32_t mask() const {
    return prefix_length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix_length);
  }
  [[nodiscard]] constexpr bool contains(Ipv4Address host) const {
    return ((host.value() ^ address.value()) & mask()) == 0;
  }
  /// Its first and last address.
  [[nodiscard]] constexpr Ipv4Address first() const {
    return Ipv4Address(address.value() & mask());
  }
  [[nodiscard]] constexpr Ipv4Address last() const {
    return Ipv4Address(address.value() | ~mask());
  }
  [[nodiscard]] constexpr bool overlaps(const Ipv4Network& other) const {
    return contains(other.first()) || other.contains(first());
  }
  /// "a.b.c.d/n", or "a.b.c.d" for one host.
  [[nodiscard]] std::string to_string() const;

  friend constexpr auto operator<=>(const Ipv4Network&, const Ipv4Network&) = default;
};

}  // namespace upptpd

template <>
struct std::hash<upptpd::Ipv4Address> {
  std::size_t operator()(upptpd::Ipv4Address address) const {
    return std::hash<std::uint32_t>{}(address.value());
  }
};
