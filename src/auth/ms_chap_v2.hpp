// The computations of MS-CHAPv2, RFC 2759 section 8, under the RFC's names.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "auth/nt_password.hpp"

namespace upptpd::auth {

using MsChapV2Challenge = std::array<std::uint8_t, 16>;

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

/// The first 8 octets of a SHA-1 over both challenges and the name, which must be bare of
/// `DOMAIN\`.
std::array<std::uint8_t, 8> challenge_hash(const MsChapV2Challenge& peer_challenge,
                                           const MsChapV2Challenge& authenticator_challenge,
                                           std::string_view user_name);

/// GenerateAuthenticatorResponse: "S=" and 40 upper-case hexadecimal digits.
std::string authenticator_response(const Secret<16>& hash_hash, const NtResponse& nt_response,
                                   const std::array<std::uint8_t, 8>& challenge);

}  // namespace upptpd::auth
