// From a login's proof to the start keys of both directions, RFC 3079 sections 2 and 3.
#pragma once

#include <array>

#include "core/secret.hpp"

namespace upptpd::mppe {

enum class Strength : std::uint8_t { bits40, bits56, bits128 };

/// Octets of a session key of this strength; 40 and 56 bits are 8 octets with a known beginning.
constexpr std::size_t key_size(Strength strength) { return strength == Strength::bits128 ? 16 : 8; }

/// SHSpad1 and SHSpad2, section 3.1: 40 octets of 0x00 and of 0xF2.
extern const std::array<std::uint8_t, 40> kShaPad1;
extern const std::array<std::uint8_t, 40> kShaPad2;

/// The keys that each direction's first session key is made from.
struct StartKeys {
  Secret<16> send;
  Secret<16> receive;
};

enum class Role : std::uint8_t { server, client };

/// GetMasterKey. `password_hash_hash` is MD4 of the NT hash.
Secret<16> master_key(const Secret<16>& password_hash_hash, View nt_response);

/// What MS-CHAPv1 leaves, RFC 3079 section 2: the LM hash's first 8 octets for 40 and 56 bits, the
/// hash of the NT hash and the challenge for 128. Both directions have the same key, and so the
/// same key stream: a weakness that nothing can be done about.
StartKeys ms_chap_v1_start_keys(Strength strength, std::span<const std::uint8_t, 8> lm_hash,
                                const Secret<16>& password_hash_hash,
                                std::span<const std::uint8_t, 8> challenge);

/// GetAsymmetricStartKey, for both directions as `role` sees them.
StartKeys start_keys(const Secret<16>& master_key, Role role);

}  // namespace upptpd::mppe
