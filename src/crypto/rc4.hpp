// RC4 in place, re-keyed per packet without an allocation.
#pragma once

#include <memory>

#include "core/bytes.hpp"
#include "crypto/library.hpp"

struct evp_cipher_ctx_st;

namespace upptpd::crypto {

class Rc4 {
 public:
  /// `library` must outlive this.
  explicit Rc4(const Library& library);

  /// Starts the key stream anew. The key has 8 or 16 octets (MPPE's session keys).
  void set_key(View key);

  /// Encrypts or decrypts in place and moves the key stream on.
  void apply(MutableView data);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
  std::size_t key_size_ = 0;
};

}  // namespace upptpd::crypto
