#include "ppp/auth_method.hpp"

#include <algorithm>

namespace upptpd::ppp {

Bytes to_option(AuthMethod method) {
  switch (method) {
    case AuthMethod::pap:
      return {0xc0, 0x23};
    case AuthMethod::chap_md5:
      return {0xc2, 0x23, 0x05};
    case AuthMethod::ms_chap_v1:
      return {0xc2, 0x23, 0x80};
    case AuthMethod::ms_chap_v2:
      return {0xc2, 0x23, 0x81};
  }
  return {};
}

std::optional<AuthMethod> from_option(View data) {
  for (AuthMethod method :
       {AuthMethod::pap, AuthMethod::chap_md5, AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2}) {
    if (std::ranges::equal(data, to_option(method))) return method;
  }
  return {};
}

std::string_view to_string(AuthMethod method) {
  switch (method) {
    case AuthMethod::pap:
      return "PAP";
    case AuthMethod::chap_md5:
      return "CHAP-MD5";
    case AuthMethod::ms_chap_v1:
      return "MS-CHAPv1";
    case AuthMethod::ms_chap_v2:
      return "MS-CHAPv2";
  }
  return "?";
}

}  // namespace upptpd::ppp
