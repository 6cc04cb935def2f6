// MD4 over short texts (passwords, hashes of them). Not for the data path: each call allocates
// in OpenSSL.
#pragma once

#include <array>

#include "core/bytes.hpp"
#include "crypto/library.hpp"

namespace upptpd::crypto {

using Digest128 = std::array<std::uint8_t, 16>;

Digest128 md4(const Library& library, View data);

}  // namespace upptpd::crypto
