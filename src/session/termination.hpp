// Why a link ends, as either side puts it into its LCP Terminate-Request (RFC 1661 section 5.5).
#pragma once

#include <string>

#include "core/bytes.hpp"
#include "ppp/control_protocol.hpp"
#include "session/events.hpp"

namespace upptpd::session {

/// Windows sends its magic number, a mark and a RAS error number; pppd a text; others nothing.
PeerTerminates parse_termination(View data);

/// What our own says: a text for the peer's log, as pppd sends it; empty where the peer knows. At
/// most kLongestTermination octets.
std::string termination_text(Cause cause, const std::string& detail);
inline constexpr std::size_t kLongestTermination = 120;  // fits the smallest MRU

/// What it means for the session when LCP ends by itself.
Cause cause_of_lcp_end(ppp::ControlProtocol::Cause cause);

/// The peer's octets as they are, at most kLongestTermination of them: who shows them escapes them.
std::string bounded_text(View octets);

}  // namespace upptpd::session
