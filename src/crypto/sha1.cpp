#include "crypto/sha1.hpp"

// EVP digests of OpenSSL 3.0 allocate on every use, even when fetched ahead; these older calls do
// not. The one place in the project with deprecated calls.
#define OPENSSL_SUPPRESS_DEPRECATED  // NOLINT
#include <openssl/sha.h>

namespace upptpd::crypto {

Sha1Digest sha1(std::initializer_list<View> pieces) {
  SHA_CTX context;
  SHA1_Init(&context);
  for (const View& piece : pieces) SHA1_Update(&context, piece.data(), piece.size());
  Sha1Digest out{};
  SHA1_Final(out.data(), &context);  // wipes its block of the input
  return out;
}

}  // namespace upptpd::crypto
