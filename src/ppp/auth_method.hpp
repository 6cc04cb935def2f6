// The values of LCP's Authentication-Protocol option (RFC 1661 section 6.2, RFC 1994, 2433, 2759).
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace upptpd::ppp {

enum class AuthMethod : std::uint8_t {
  ms_chap_v2,
  ms_chap_v1,
  chap_md5,
  pap,
  none  // nobody is asked who he is
};

/// Strongest first.
inline constexpr std::array<AuthMethod, 5> kAuthMethods = {
    AuthMethod::ms_chap_v2, AuthMethod::ms_chap_v1, AuthMethod::chap_md5, AuthMethod::pap,
    AuthMethod::none};

/// The option's data: the protocol, and for CHAP the algorithm. Empty for `none`, which is the
/// absence of the option.
Bytes to_option(AuthMethod method);
/// None for methods that we have no name for (EAP, SPAP, ...).
std::optional<AuthMethod> from_option(View data);

/// "MS-CHAPv2", for people.
std::string_view to_string(AuthMethod method);
/// "MS-CHAPv2 or PAP", with " or " between them.
std::string in_words(std::span<const AuthMethod> methods, std::string_view between);
/// The words of configuration files: mschapv2, mschap, chap-md5, pap, none.
std::string_view word_for(AuthMethod method);
std::optional<AuthMethod> method_named(std::string_view word);

/// Whether a login by it leaves both sides with something to make keys for MPPE of (RFC 3079).
constexpr bool yields_keys(AuthMethod method) {
  return method == AuthMethod::ms_chap_v2 || method == AuthMethod::ms_chap_v1;
}

}  // namespace upptpd::ppp
