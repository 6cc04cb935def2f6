// ARP for IPv4 on Ethernet: who has an address. RFC 826; probes and announcements: RFC 5227.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "core/bytes.hpp"
#include "core/ip_address.hpp"

namespace upptpd::ip {

using MacAddress = std::array<std::uint8_t, 6>;

/// "52:54:00:12:34:56"
std::string to_string(const MacAddress& address);

struct ArpPacket {
  enum class Operation : std::uint16_t { request = 1, reply = 2 };
  static constexpr std::size_t kSize = 28;

  Operation operation = Operation::request;
  MacAddress sender_mac{};
  Ipv4Address sender;
  MacAddress target_mac{};
  Ipv4Address target;

  /// None if it is not a request or reply for IPv4 on Ethernet. What lies behind it is padding.
  static std::optional<ArpPacket> parse(View packet);
  [[nodiscard]] std::array<std::uint8_t, kSize> serialise() const;

  /// Asks whether anybody has the address, without claiming it (RFC 5227 section 2.1.1).
  static ArpPacket probe(const MacAddress& ours, Ipv4Address address);
  /// Tells all that the address is at `ours` (section 2.3), also those that have another entry.
  static ArpPacket announcement(const MacAddress& ours, Ipv4Address address);
  /// The answer to this request, for an address at `ours`.
  [[nodiscard]] ArpPacket reply_from(const MacAddress& ours) const;

  friend bool operator==(const ArpPacket&, const ArpPacket&) = default;
};

}  // namespace upptpd::ip
