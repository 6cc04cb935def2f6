// From what a login leaves behind to the keys of both directions. RFC 3079 sections 2 and 3.
#pragma once

#include "auth/login.hpp"
#include "mppe/master_keys.hpp"
#include "mppe/mode.hpp"
#include "ppp/ccp.hpp"

namespace upptpd::session {

/// As CCP agreed on it: MppeBits with one strength.
mppe::Mode mode_of(std::uint32_t bits);

/// As `role` sees them. There must be keys of that strength (auth::strengths_of).
mppe::StartKeys start_keys(const auth::KeyMaterial& keys, mppe::Strength strength, mppe::Role role);

}  // namespace upptpd::session
