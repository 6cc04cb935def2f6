#include "ppp/auth_method.hpp"

#include <algorithm>

namespace upptpd::ppp {

Bytes to_option(AuthMethod method) {
  switch (method) {
    case AuthMethod::ms_chap_v2:
      return {0xc2, 0x23, 0x81};
    case AuthMethod::ms_chap_v1:
      return {0xc2, 0x23, 0x80};
    case AuthMethod::chap_md5:
      return {0xc2, 0x23, 0x05};
    case AuthMethod::pap:
      return {0xc0, 0x23};
    case AuthMethod::none:
      break;
  }
  return {};
}

std::optional<AuthMethod> from_option(View data) {
  for (const AuthMethod method : kAuthMethods) {
    if (!data.empty() && std::ranges::equal(data, to_option(method))) return method;
  }
  return {};
}

std::string_view to_string(AuthMethod method) {
  switch (method) {
    case AuthMethod::ms_chap_v2:
      return "MS-CHAPv2";
    case AuthMethod::ms_chap_v1:
      return "MS-CHAPv1";
    case AuthMethod::chap_md5:
      return "CHAP-MD5";
    case AuthMethod::pap:
      return "PAP";
    case AuthMethod::none:
      return "no login";
  }
  return "?";
}

std::string in_words(std::span<const AuthMethod> methods, std::string_view between) {
  std::string words;
  for (const AuthMethod method : methods) {
    if (!words.empty()) words += between;
    words += to_string(method);
  }
  return words;
}

std::string_view word_for(AuthMethod method) {
  switch (method) {
    case AuthMethod::ms_chap_v2:
      return "mschapv2";
    case AuthMethod::ms_chap_v1:
      return "mschap";
    case AuthMethod::chap_md5:
      return "chap-md5";
    case AuthMethod::pap:
      return "pap";
    case AuthMethod::none:
      return "none";
  }
  return "?";
}

std::optional<AuthMethod> method_named(std::string_view word) {
  for (const AuthMethod method : kAuthMethods) {
    if (word_for(method) == word) return method;
  }
  return {};
}

}  // namespace upptpd::ppp
