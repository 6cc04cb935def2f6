// The values of LCP's Authentication-Protocol option (RFC 1661 section 6.2, RFC 1994, 2433, 2759).
#pragma once

#include <optional>
#include <string_view>

#include "core/bytes.hpp"

namespace upptpd::ppp {

enum class AuthMethod : std::uint8_t { pap, chap_md5, ms_chap_v1, ms_chap_v2 };

/// The option's data: the protocol, and for CHAP the algorithm.
Bytes to_option(AuthMethod method);
/// None for methods that we have no name for (EAP, SPAP, ...).
std::optional<AuthMethod> from_option(View data);
std::string_view to_string(AuthMethod method);

}  // namespace upptpd::ppp
