// A password as Windows knows it: UTF-16, its MD4, and the answer to a challenge, which MS-CHAP
// has in both of its versions. RFC 2433 sections A.5 to A.7, RFC 2759 sections 8.3 to 8.5.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/secret.hpp"
#include "crypto/library.hpp"

namespace upptpd::auth {

using NtHash = Secret<16>;
using NtResponse = std::array<std::uint8_t, 24>;

/// The password as UTF-16LE, which is what the NT hash is made of. UTF-8 where it is that,
/// otherwise each octet stands for the Latin-1 character of its number.
Bytes password_to_utf16le(std::string_view password);

/// What a client's UTF-16LE is in UTF-8. Nothing for what no password can be: half a unit, half a
/// surrogate pair, a NUL. To be wiped by who gets it.
std::optional<std::string> utf16le_to_utf8(View text);

NtHash nt_password_hash(const crypto::Library& library, std::string_view password);
/// MD4 of the NT hash: what proves a server to the client, and begins the MPPE keys.
Secret<16> hash_nt_password_hash(const crypto::Library& library, const NtHash& hash);

/// ChallengeResponse: three DES blocks of the challenge (MS-CHAPv1) or the hashed challenge (v2).
NtResponse challenge_response(const crypto::Library& library,
                              const std::array<std::uint8_t, 8>& challenge, const NtHash& hash);

}  // namespace upptpd::auth
