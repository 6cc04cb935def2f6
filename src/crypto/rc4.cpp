#include "crypto/rc4.hpp"

#include <openssl/evp.h>

#include "core/check.hpp"

namespace upptpd::crypto {

void Rc4::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

Rc4::Rc4(const Library& library) : context_(EVP_CIPHER_CTX_new()) {
  check(EVP_EncryptInit_ex2(context_.get(), library.rc4(), nullptr, nullptr, nullptr) == 1);
}

void Rc4::set_key(View key) {
  if (key.size() != key_size_) {
    check(EVP_CIPHER_CTX_set_key_length(context_.get(), static_cast<int>(key.size())) == 1);
    key_size_ = key.size();
  }
  // A null cipher keeps the one that is set: naming it again would make OpenSSL allocate a new
  // context.
  check(EVP_EncryptInit_ex2(context_.get(), nullptr, key.data(), nullptr, nullptr) == 1);
}

void Rc4::apply(MutableView data) {
  int size = 0;
  check(EVP_EncryptUpdate(context_.get(), data.data(), &size, data.data(),
                          static_cast<int>(data.size())) == 1);
}

}  // namespace upptpd::crypto
