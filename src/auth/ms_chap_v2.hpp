// The computations of MS-CHAPv2, RFC 2759 section 8, under the RFC's names.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/secret.hpp"
#include "crypto/library.hpp"

namespace upptpd::auth {

using MsChapV2Challenge = std::array<std::uint8_t, 16>;
using NtResponse = std::array<std::uint8_t, 24>;
using NtHash = Secret<16>;

/// The value of a Response packet (section 4).
//    16 octets: Peer-Challenge · 8 octets: reserved · 24 octets: NT-Response · 1 octet: flags
struct MsChapV2Response {
  static constexpr std::size_t kSize = 49;

  MsChapV2Challenge peer_challenge{};
  NtResponse nt_response{};

  /// None unless it has exactly 49 octets. Reserved octets and flags may be anything: Windows 98
  /// sets flag 4.
  static std::optional<MsChapV2Response> parse(View value);
  [[nodiscard]] std::array<std::uint8_t, kSize> serialise() const;

  friend bool operator==(const MsChapV2Response&, const MsChapV2Response&) = default;
};

/// The password as UTF-16LE, which is what the NT hash is made of. UTF-8 where it is that,
/// otherwise each octet stands for the Latin-1 character of its number.
Bytes password_to_utf16le(std::string_view password);

NtHash nt_password_hash(const crypto::Library& library, std::string_view password);
/// MD4 of the NT hash: what proves a server to the client, and begins the MPPE keys.
Secret<16> hash_nt_password_hash(const crypto::Library& library, const NtHash& hash);

/// The first 8 octets of a SHA-1 over both challenges and the name, which must be bare of
/// `DOMAIN\`.
std::array<std::uint8_t, 8> challenge_hash(const MsChapV2Challenge& peer_challenge,
                                           const MsChapV2Challenge& authenticator_challenge,
                                           std::string_view user_name);

/// ChallengeResponse: three DES blocks of the hashed challenge.
NtResponse challenge_response(const crypto::Library& library,
                              const std::array<std::uint8_t, 8>& challenge, const NtHash& hash);

/// GenerateAuthenticatorResponse: "S=" and 40 upper-case hexadecimal digits.
std::string authenticator_response(const Secret<16>& hash_hash, const NtResponse& nt_response,
                                   const std::array<std::uint8_t, 8>& challenge);

}  // namespace upptpd::auth
