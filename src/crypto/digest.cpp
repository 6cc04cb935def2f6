#include "crypto/digest.hpp"

#include <openssl/evp.h>

#include "core/check.hpp"
#include "core/owned.hpp"

namespace upptpd::crypto {
namespace {

// OpenSSL wipes what it kept of the input when the context is freed.
Digest128 digest(const EVP_MD* algorithm, std::initializer_list<View> pieces) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  check(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  for (const View& piece : pieces) {
    check(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
  }
  Digest128 out{};
  check(EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
  return out;
}

}  // namespace

Digest128 md4(const Library& library, View data) { return digest(library.md4(), {data}); }

Digest128 md5(const Library& library, std::initializer_list<View> pieces) {
  return digest(library.md5(), pieces);
}

}  // namespace upptpd::crypto
