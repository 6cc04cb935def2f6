#include "mppe/master_keys.hpp"

#include <algorithm>
#include <string_view>

#include "crypto/sha1.hpp"

namespace upptpd::mppe {
namespace {

// RFC 3079 section 3.4.
constexpr std::string_view kMagic1 = "This is the MPPE Master Key";
constexpr std::string_view kMagic2 =
    "On the client side, this is the send key; on the server side, it is the receive key.";
constexpr std::string_view kMagic3 =
    "On the client side, this is the receive key; on the server side, it is the send key.";

constexpr std::array<std::uint8_t, 40> filled_with(std::uint8_t value) {
  std::array<std::uint8_t, 40> pad{};
  for (std::uint8_t& octet : pad) octet = value;
  return pad;
}

Secret<16> first_16(crypto::Sha1Digest digest) {
  Secret<16> key;
  std::copy_n(digest.begin(), 16, key.overwrite().begin());
  wipe(digest);
  return key;
}

}  // namespace

const std::array<std::uint8_t, 40> kShaPad1 = filled_with(0x00);
const std::array<std::uint8_t, 40> kShaPad2 = filled_with(0xf2);

Secret<16> master_key(const Secret<16>& password_hash_hash, View nt_response) {
  return first_16(crypto::sha1({password_hash_hash.reveal(), nt_response, as_view(kMagic1)}));
}

StartKeys ms_chap_v1_start_keys(Strength strength, std::span<const std::uint8_t, 8> lm_hash,
                                const Secret<16>& password_hash_hash,
                                std::span<const std::uint8_t, 8> challenge) {
  Secret<16> key;
  if (strength == Strength::bits128) {
    // Get_Start_Key.
    const auto hash = password_hash_hash.reveal();
    key = first_16(crypto::sha1({hash, hash, challenge}));
  } else {
    std::ranges::copy(lm_hash, key.overwrite().begin());
  }
  return {key, key};
}

StartKeys start_keys(const Secret<16>& master_key, Role role) {
  const auto derive = [&](std::string_view magic) {
    return first_16(crypto::sha1({master_key.reveal(), kShaPad1, as_view(magic), kShaPad2}));
  };
  const bool server = role == Role::server;
  return {derive(server ? kMagic3 : kMagic2), derive(server ? kMagic2 : kMagic3)};
}

}  // namespace upptpd::mppe
