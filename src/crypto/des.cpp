#include "crypto/des.hpp"

#include <openssl/evp.h>

#include <bit>
#include <memory>

#include "core/check.hpp"
#include "core/secret.hpp"

namespace upptpd::crypto {

DesBlock des_key_with_parity(std::span<const std::uint8_t, 7> key) {
  std::uint64_t bits = 0;
  for (std::uint8_t octet : key) bits = bits << 8 | octet;
  DesBlock out{};
  for (unsigned i = 0; i < out.size(); ++i) {
    const auto seven = static_cast<std::uint8_t>(bits >> (49 - 7 * i) & 0x7f);
    const auto parity = static_cast<std::uint8_t>(std::popcount(seven) % 2 == 0 ? 1 : 0);
    out[i] = static_cast<std::uint8_t>(seven << 1 | parity);
  }
  return out;
}

DesBlock des_encrypt(const Library& library, std::span<const std::uint8_t, 8> clear,
                     std::span<const std::uint8_t, 7> key) {
  DesBlock full_key = des_key_with_parity(key);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  check(EVP_EncryptInit_ex2(context.get(), library.des(), full_key.data(), nullptr, nullptr) == 1);
  check(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
  DesBlock out{};
  int size = 0;
  check(EVP_EncryptUpdate(context.get(), out.data(), &size, clear.data(),
                          static_cast<int>(clear.size())) == 1);
  check(size == static_cast<int>(out.size()));
  wipe(full_key);
  return out;
}

}  // namespace upptpd::crypto
