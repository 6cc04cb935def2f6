#include "auth/user_secret.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace upptpd::auth {
namespace {

/// Not from_hex: that leaves a copy on the heap, and takes blanks.
std::optional<std::uint8_t> digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return {};
}

std::optional<NtHash> hash_of(std::string_view digits) {
  NtHash hash;
  const auto octets = hash.overwrite();
  if (digits.size() != 2 * octets.size()) return {};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const auto high = digit_value(digits[2 * i]);
    const auto low = digit_value(digits[2 * i + 1]);
    if (!high || !low) return {};
    octets[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return hash;
}

}  // namespace

Result<UserSecret> UserSecret::from_word(SecretString word) {
  if (!word.reveal().starts_with(kHashPrefix)) return UserSecret(std::move(word));
  const auto hash = hash_of(word.reveal().substr(kHashPrefix.size()));
  if (!hash) return fail("a secret that begins with $NT$ must go on with 32 hexadecimal digits");
  return UserSecret(*hash);
}

NtHash UserSecret::nt_hash(const crypto::Library& library) const {
  if (const auto* hash = std::get_if<NtHash>(&value_)) return *hash;
  return nt_password_hash(library, std::get<SecretString>(value_).reveal());
}

SecretString UserSecret::word() const {
  if (const SecretString* password = clear()) return *password;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string word;
  // At once, so that no growing leaves copies behind.
  word.reserve(kHashPrefix.size() + 32);
  word += kHashPrefix;
  for (const std::uint8_t octet : std::get<NtHash>(value_).reveal()) {
    word += {kDigits[octet >> 4], kDigits[octet & 15]};
  }
  return SecretString(std::move(word));
}

}  // namespace upptpd::auth
