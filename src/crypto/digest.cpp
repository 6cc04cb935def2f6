#include "crypto/digest.hpp"

#include <openssl/evp.h>

#include "core/check.hpp"

namespace upptpd::crypto {

Digest128 md4(const Library& library, View data) {
  Digest128 out{};
  check(EVP_Digest(data.data(), data.size(), out.data(), nullptr, library.md4(), nullptr) == 1);
  return out;
}

}  // namespace upptpd::crypto
