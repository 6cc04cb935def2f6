// What a client's user name is without the Windows domain before it.
#pragma once

#include <string_view>

namespace upptpd::auth {

/// What stands after the last backslash: "bob" for "DOMAIN\bob", "\bob" and "bob". "bob@realm"
/// stays.
///
/// For looking up a user, and for the challenge hash of MS-CHAPv2, which takes the name "without
/// domain" (RFC 2759 section 4): Windows sends DOMAIN\bob in the response but hashes bob.
std::string_view without_domain(std::string_view name);

}  // namespace upptpd::auth
