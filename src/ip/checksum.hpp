// The Internet checksum, whole (RFC 1071) and corrected in place (RFC 1624).
#pragma once

#include "core/bytes.hpp"
#include "core/ip_address.hpp"

namespace upptpd::ip {

/// One's complement sum of the 16-bit words of `octets`, added to `sum`: that of what came before.
/// An odd last octet is the upper half of a word, so only the last of several parts may have one.
/// 0xffff over a packet that has its checksum in it says that this is right.
std::uint16_t ones_complement_sum(View octets, std::uint16_t sum = 0);

/// What goes into the checksum field of `octets`, in which that field is 0. `sum` as above.
std::uint16_t internet_checksum(View octets, std::uint16_t sum = 0);

/// The sum of the pseudo header that the checksums of UDP and TCP cover too; `length` is that of
/// their header and data. RFC 768, RFC 9293 section 3.1.
std::uint16_t pseudo_header_sum(Ipv4Address source, Ipv4Address destination, std::uint8_t protocol,
                                std::uint16_t length);

/// The checksum after one of the words under it has changed; a right one stays right, a wrong one
/// wrong. RFC 1624 equation 3.
std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before, std::uint16_t after);

}  // namespace upptpd::ip
