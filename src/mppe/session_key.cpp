#include "mppe/session_key.hpp"

#include <algorithm>

#include "crypto/sha1.hpp"

namespace upptpd::mppe {
namespace {

constexpr std::array<std::uint8_t, 40> filled_with(std::uint8_t value) {
  std::array<std::uint8_t, 40> pad{};
  for (std::uint8_t& octet : pad) octet = value;
  return pad;
}

}  // namespace

const std::array<std::uint8_t, 40> kShaPad1 = filled_with(0x00);
const std::array<std::uint8_t, 40> kShaPad2 = filled_with(0xf2);

SessionKey::SessionKey(const crypto::Library& library, Strength strength,
                       const Secret<16>& start_key)
    : strength_(strength),
      size_(key_size(strength)),
      start_(start_key),
      current_(start_key),
      rc4_(library) {
  derive_from_current();
  reduce();
}

void SessionKey::change() {
  derive_from_current();
  rc4_.set_key(reveal());
  rc4_.apply(MutableView(current_.overwrite()).first(size_));
  reduce();
}

// GetNewKeyFromSHA.
void SessionKey::derive_from_current() {
  crypto::Sha1Digest digest =
      crypto::sha1({View(start_.reveal()).first(size_), kShaPad1, reveal(), kShaPad2});
  std::copy_n(digest.begin(), size_, current_.overwrite().begin());
  wipe(digest);
}

// The weaker strengths begin with octets that everybody knows.
void SessionKey::reduce() {
  const auto key = current_.overwrite();
  switch (strength_) {
    case Strength::bits40:
      key[0] = 0xd1;
      key[1] = 0x26;
      key[2] = 0x9e;
      break;
    case Strength::bits56:
      key[0] = 0xd1;
      break;
    case Strength::bits128:
      break;
  }
}

}  // namespace upptpd::mppe
