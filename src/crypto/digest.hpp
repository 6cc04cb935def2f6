// MD4 and MD5 over short texts (passwords, hashes of them). Not for the data path: each call
// allocates in OpenSSL.
#pragma once

#include <array>
#include <initializer_list>

#include "core/bytes.hpp"
#include "crypto/library.hpp"

namespace upptpd::crypto {

using Digest128 = std::array<std::uint8_t, 16>;

Digest128 md4(const Library& library, View data);

/// The digest of the pieces, one after the other.
Digest128 md5(const Library& library, std::initializer_list<View> pieces);

}  // namespace upptpd::crypto
