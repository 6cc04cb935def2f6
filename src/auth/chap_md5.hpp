// The response of CHAP with MD5. RFC 1994 section 4.1.
#pragma once

#include <string_view>

#include "crypto/digest.hpp"

namespace upptpd::auth {

using ChapMd5Response = crypto::Digest128;

/// `identifier` is that of the Challenge packet; `challenge` is its value, of any length. The
/// secret's octets count as they are, in whatever encoding both sides have them.
ChapMd5Response chap_md5_response(const crypto::Library& library, std::uint8_t identifier,
                                  std::string_view secret, View challenge);

}  // namespace upptpd::auth
