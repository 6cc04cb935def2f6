// The protocol numbers that a PPP frame carries (RFC 1661 section 2, and the documents of each
// protocol).
#pragma once

#include <cstdint>

namespace upptpd::ppp {

/// Any 16-bit value may come from a peer; these are the ones we know by name.
enum class Protocol : std::uint16_t {
  ipv4 = 0x0021,
  compressed = 0x00fd,  // MPPE, RFC 3078
  ipcp = 0x8021,
  ipv6cp = 0x8057,
  ccp = 0x80fd,
  lcp = 0xc021,
  pap = 0xc023,
  chap = 0xc223,
};

/// Data of a network protocol, as opposed to control packets: numbers below 0x4000.
constexpr bool is_network_data(Protocol protocol) {
  return static_cast<std::uint16_t>(protocol) < 0x4000;
}

}  // namespace upptpd::ppp
