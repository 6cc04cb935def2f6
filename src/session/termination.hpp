// Why a client ends the link: what it puts into its LCP Terminate-Request (RFC 1661 section 5.5).
#pragma once

#include <string>

#include "core/bytes.hpp"
#include "session/events.hpp"

namespace upptpd::session {

/// Windows sends its magic number, a mark and a RAS error number; pppd a text; others nothing.
ClientTerminates parse_termination(View data);

/// The peer's octets as they are, at most 64 of them: who shows them escapes them.
std::string bounded_text(View octets);

}  // namespace upptpd::session
