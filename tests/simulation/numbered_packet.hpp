// IP packets that can be told apart: each carries a mark and its number.
#pragma once

#include <array>
#include <optional>

#include "core/ip_address.hpp"
#include "dice.hpp"

namespace upptpd::simulation {

/// Octets of the mark, in clear in each packet.
inline constexpr std::array<std::uint8_t, 8> kMark{0x55, 0x70, 0x50, 0x74, 0x53, 0x69, 0x6d, 0x21};

/// A UDP packet's IP header, mark and number, and random octets up to a random size that fits the
/// link.
Bytes numbered_packet(std::uint64_t number, Ipv4Address from, Ipv4Address to, Dice& dice);

/// None if it is not one of ours.
std::optional<std::uint64_t> number_of(View packet);

}  // namespace upptpd::simulation
