// The layout and the numbers of DHCP messages, as far as either way needs them. RFC 2131 section 2,
// RFC 2132.
#pragma once

#include <cstddef>
#include <cstdint>

namespace upptpd::ip::dhcp {

inline constexpr std::uint16_t kServerPort = 67;
inline constexpr std::uint16_t kClientPort = 68;

inline constexpr std::size_t kUdpHeaderSize = 8;

// Sizes in octets in brackets:
//
//   op (1) | htype (1) | hlen (1) | hops (1)
//   xid (4)
//   secs (2) | flags (2)
//   ciaddr (4), yiaddr (4), siaddr (4), giaddr (4)
//   chaddr (16)
//   sname (64), file (128)
//   magic cookie (4), options: each a code, a length, data; or pad or end, which are a code alone
inline constexpr std::uint8_t kBootRequest = 1;
inline constexpr std::uint8_t kBootReply = 2;
inline constexpr std::size_t kNamesSize = 64 + 128;
inline constexpr std::uint32_t kCookie = 0x63825363;
inline constexpr std::size_t kFixedSize = 240;

// Values of the message type.
inline constexpr std::uint8_t kAck = 5;
inline constexpr std::uint8_t kInform = 8;

// Codes of options.
inline constexpr std::uint8_t kPad = 0;
inline constexpr std::uint8_t kDns = 6;
inline constexpr std::uint8_t kDomain = 15;
inline constexpr std::uint8_t kWins = 44;
inline constexpr std::uint8_t kNetbiosNodeType = 46;
inline constexpr std::uint8_t kOverload = 52;
inline constexpr std::uint8_t kMessageType = 53;
inline constexpr std::uint8_t kServerIdentifier = 54;
inline constexpr std::uint8_t kRequested = 55;
inline constexpr std::uint8_t kSizeLimit = 57;
inline constexpr std::uint8_t kRoutes = 121;           // RFC 3442
inline constexpr std::uint8_t kMicrosoftRoutes = 249;  // the same; what Windows asks for over PPTP
inline constexpr std::uint8_t kEnd = 255;

}  // namespace upptpd::ip::dhcp
