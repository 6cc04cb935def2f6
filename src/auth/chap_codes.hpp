// The packets that both sides of CHAP know. RFC 1994 section 4, RFC 2759 section 7.
#pragma once

#include "ppp/control_packet.hpp"

namespace upptpd::auth {

// They share numbers with LCP's codes, but not names.
inline constexpr auto kChallenge = static_cast<ppp::Code>(1);
inline constexpr auto kResponse = static_cast<ppp::Code>(2);
inline constexpr auto kSuccess = static_cast<ppp::Code>(3);
inline constexpr auto kFailure = static_cast<ppp::Code>(4);
inline constexpr auto kChangePassword = static_cast<ppp::Code>(7);

/// Names above this are refused (pppd's MAXNAMELEN).
inline constexpr std::size_t kLongestName = 256;

/// The data of a Challenge or Response: a value behind its length, and a name.
Bytes value_and_name(View value, std::string_view name);

}  // namespace upptpd::auth
