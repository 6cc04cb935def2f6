// The options of IPCP that either side knows.
#pragma once

#include <cstdint>

namespace upptpd::ppp {

inline constexpr std::uint8_t kIpAddress = 3;  // RFC 1332 section 3.3
// RFC 1877 section 1.
inline constexpr std::uint8_t kPrimaryDns = 129;
inline constexpr std::uint8_t kPrimaryWins = 130;
inline constexpr std::uint8_t kSecondaryDns = 131;
inline constexpr std::uint8_t kSecondaryWins = 132;

}  // namespace upptpd::ppp
