// Where the algorithms of CHAP differ, as the side sees it that asks for the login: MD5 (RFC 1994),
// MS-CHAPv1 (RFC 2433), MS-CHAPv2 (RFC 2759).
#pragma once

#include <optional>
#include <string>

#include "auth/login.hpp"

namespace upptpd::auth {

/// Octets of a challenge.
std::size_t challenge_size(ppp::AuthMethod method);

/// What the value of a Response to this challenge shows; none if its length is wrong.
std::optional<LoginProof> proof_of(ppp::AuthMethod method, std::uint8_t identifier, View challenge,
                                   View value);

/// What a Failure says. `challenge` is what another try has to answer (R=1), or a password change.
/// Nothing follows that is meant for people: Windows 98 and the pppd of Mac OS X 10.4 choke on it.
std::string failure_message(ppp::AuthMethod method, unsigned code, bool may_retry, View challenge);

}  // namespace upptpd::auth
