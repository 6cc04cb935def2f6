// A client's change of an expired password: CHAP code 7. RFC 2759 section 7, and 8.9 to 8.13.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "auth/ms_chap_v2.hpp"
#include "core/random_source.hpp"

namespace upptpd::auth {

/// The new password under the old one's NT hash.
using EncryptedPassword = std::array<std::uint8_t, 516>;
/// The old password's NT hash under the new one's.
using EncryptedHash = std::array<std::uint8_t, 16>;

/// What stands behind the header of a Change-Password packet, which has 586 octets with it.
//    516 octets: Encrypted-Password · 16 octets: Encrypted-Hash · 16 octets: Peer-Challenge ·
//    8 octets: reserved · 24 octets: NT-Response · 2 octets: flags
struct PasswordChange {
  static constexpr std::size_t kSize = 582;

  EncryptedPassword encrypted_password{};
  EncryptedHash encrypted_hash{};
  MsChapV2Challenge peer_challenge{};
  /// Of the new password, to the challenge of the Failure packet.
  NtResponse nt_response{};

  /// None unless it has exactly 582 octets. Reserved octets and flags may be anything.
  static std::optional<PasswordChange> parse(View data);
  [[nodiscard]] std::array<std::uint8_t, kSize> serialise() const;

  friend bool operator==(const PasswordChange&, const PasswordChange&) = default;
};

/// The new password in UTF-8. Nothing where what comes out is none, as with any other old password.
/// It may be empty, or have control characters in it: whether it will do is not known here.
std::optional<SecretString> decrypt_new_password(const crypto::Library& library,
                                                 const EncryptedPassword& encrypted,
                                                 const NtHash& old_hash);

/// NewPasswordEncryptedWithOldNtPasswordHash: a client's side of it. Nothing for a password that is
/// longer than 256 units of UTF-16.
std::optional<EncryptedPassword> encrypt_new_password(const crypto::Library& library,
                                                      std::string_view new_password,
                                                      const NtHash& old_hash, RandomSource& random);

/// OldNtPasswordHashEncryptedWithNewNtPasswordHash.
EncryptedHash encrypt_old_hash(const crypto::Library& library, const NtHash& old_hash,
                               const NtHash& new_hash);

/// Whether who sent this knew the old hash and meant this new one. Takes the same time either way.
bool old_hash_matches(const crypto::Library& library, const EncryptedHash& encrypted,
                      const NtHash& old_hash, const NtHash& new_hash);

}  // namespace upptpd::auth
