// One block of DES with the 7-octet keys of MS-CHAP (RFC 2433 section A.8: parity bits are
// inserted, not checked).
#pragma once

#include <array>
#include <span>

#include "core/bytes.hpp"
#include "crypto/library.hpp"

namespace upptpd::crypto {

using DesBlock = std::array<std::uint8_t, 8>;

/// The 8-octet DES key with odd parity that 7 octets stand for.
DesBlock des_key_with_parity(std::span<const std::uint8_t, 7> key);

DesBlock des_encrypt(const Library& library, std::span<const std::uint8_t, 8> clear,
                     std::span<const std::uint8_t, 7> key);

}  // namespace upptpd::crypto
