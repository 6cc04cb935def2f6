// The two octets in front of an MPPE packet, RFC 3078 section 3.1.
#pragma once

#include <cstdint>

#include "core/serial_number.hpp"

namespace upptpd::mppe {

using CoherencyCount = Serial<struct CoherencyCountTag, std::uint16_t, 12>;

/// Stateful keys change with each packet whose count ends in FF (section 7.2).
constexpr std::uint16_t kFlagOctet = 0xff;
constexpr std::uint32_t kFlagInterval = 0x100;
constexpr bool is_flag(CoherencyCount count) { return (count.value() & kFlagOctet) == kFlagOctet; }
/// The first one from here on.
constexpr CoherencyCount flag_from(CoherencyCount count) {
  return CoherencyCount(static_cast<std::uint16_t>(count.value() | kFlagOctet));
}

//    0                   1
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |A|B|C|D|    Coherency Count    |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct Header {
  static constexpr std::size_t kSize = 2;
  static constexpr std::uint16_t kFlushed =
      0x8000;  // A: the tables were initialised before this packet
  static constexpr std::uint16_t kCompressed = 0x6000;  // B, C: MPPC's
  static constexpr std::uint16_t kEncrypted = 0x1000;   // D

  std::uint16_t bits = 0;
  CoherencyCount count;

  explicit Header(std::uint16_t value) : bits(value & 0xf000), count(value) {}
  Header(std::uint16_t flags, CoherencyCount number) : bits(flags), count(number) {}
  [[nodiscard]] std::uint16_t value() const {
    return static_cast<std::uint16_t>(bits | count.value());
  }
};

}  // namespace upptpd::mppe
