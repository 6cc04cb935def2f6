// What the server knows of a user's password: the password itself, or only its NT hash.
#pragma once

#include <string_view>
#include <variant>

#include "auth/ms_chap_v2.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
#include "crypto/library.hpp"

namespace upptpd::auth {

/// The hash is enough for MS-CHAP (but not for the LM hash that MS-CHAPv1 makes keys of 40 and 56
/// bits of) and PAP. Whoever has it can log in by MS-CHAP, but has not got the password.
class UserSecret {
 public:
  /// What a word begins with that is a hash: `$NT$` and 32 hexadecimal digits.
  static constexpr std::string_view kHashPrefix = "$NT$";

  /// An empty password.
  UserSecret() = default;
  explicit UserSecret(SecretString password) : value_(std::move(password)) {}
  explicit UserSecret(const NtHash& hash) : value_(hash) {}
  /// What a word of the secrets file is; fails on `$NT$` with anything but a hash behind it.
  static Result<UserSecret> from_word(SecretString word);

  /// The password, or null where only its hash is known.
  [[nodiscard]] const SecretString* clear() const { return std::get_if<SecretString>(&value_); }
  [[nodiscard]] NtHash nt_hash(const crypto::Library& library) const;
  /// The word that stands for it. A password that begins with `$NT$` has none that reads back.
  [[nodiscard]] SecretString word() const;

  friend bool operator==(const UserSecret&, const UserSecret&) = default;

 private:
  std::variant<SecretString, NtHash> value_;
};

}  // namespace upptpd::auth
