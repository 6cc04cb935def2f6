// The computations of MS-CHAPv1, RFC 2433 section 6 and appendix A. The NT response is
// challenge_response() of nt_password.hpp, over the challenge itself.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "auth/nt_password.hpp"

namespace upptpd::auth {

/// The value of a Challenge packet (section 5).
using MsChapV1Challenge = std::array<std::uint8_t, 8>;
using LmHash = Secret<16>;

/// The value of a Response packet (section 6).
//    24 octets: LM response · 24 octets: NT response · 1 octet: flag, 1 to use the NT response
struct MsChapV1Response {
  static constexpr std::size_t kSize = 49;

  std::array<std::uint8_t, 24> lm_response{};
  NtResponse nt_response{};
  std::uint8_t flags = 1;

  /// None unless it has exactly 49 octets.
  static std::optional<MsChapV1Response> parse(View value);
  [[nodiscard]] std::array<std::uint8_t, kSize> serialise() const;

  /// Whether there is no more than an LM response. An NT response that is there counts whatever the
  /// flag says: clients differ in what they set.
  [[nodiscard]] bool has_only_lm_response() const;

  friend bool operator==(const MsChapV1Response&, const MsChapV1Response&) = default;
};

/// LmPasswordHash, of which the MPPE keys of 40 and 56 bits are made (RFC 3079 section 2). What is
/// behind 14 octets does not count. Only ASCII letters are made upper-case: which letter another
/// octet is, the client's code page says, and we don't know it.
LmHash lm_password_hash(const crypto::Library& library, std::string_view password);

}  // namespace upptpd::auth
