#include "crypto/digest.hpp"

#include <openssl/evp.h>

#include "core/check.hpp"

namespace upptpd::crypto {
namespace {

Digest128 digest(const EVP_MD* algorithm, View data) {
  Digest128 out{};
  check(EVP_Digest(data.data(), data.size(), out.data(), nullptr, algorithm, nullptr) == 1);
  return out;
}

}  // namespace

Digest128 md4(const Library& library, View data) { return digest(library.md4(), data); }
Digest128 md5(const Library& library, View data) { return digest(library.md5(), data); }

}  // namespace upptpd::crypto
