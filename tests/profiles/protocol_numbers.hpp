// The numbers that rows of the table are made of.
#pragma once

#include <cstdint>

namespace upptpd::profiles {

inline constexpr std::uint16_t kIpcp = 0x8021;
inline constexpr std::uint16_t kIpxcp = 0x802b;
inline constexpr std::uint16_t kNbfcp = 0x803f;
inline constexpr std::uint16_t kIpv6cp = 0x8057;
inline constexpr std::uint16_t kCcp = 0x80fd;
inline constexpr std::uint16_t kAcscp = 0x8235;
inline constexpr std::uint16_t kLcp = 0xc021;
inline constexpr std::uint16_t kPap = 0xc023;
inline constexpr std::uint16_t kChap = 0xc223;
inline constexpr std::uint16_t kIpv4 = 0x0021;
inline constexpr std::uint16_t kCompressed = 0x00fd;

// Option 18 of CCP.
inline constexpr std::uint32_t kStateless = 0x01000000;
inline constexpr std::uint32_t k40 = 0x20;
inline constexpr std::uint32_t k128 = 0x40;
inline constexpr std::uint32_t k56 = 0x80;

// RAS error numbers, which a client of Microsoft's ends with.
inline constexpr std::uint32_t kBadCredentials = 691;
inline constexpr std::uint32_t kNoEncryption = 742;
inline constexpr std::uint32_t kServerNotProved = 778;

}  // namespace upptpd::profiles
