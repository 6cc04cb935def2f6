// A session key and the RC4 key stream that it began. RFC 3078 section 7.
#pragma once

#include <variant>

#include "crypto/rc4.hpp"
#include "mppe/session_key.hpp"

namespace upptpd::mppe {

class KeyStream {
 public:
  /// The stream of the initial session key. `library` must outlive this.
  KeyStream(const crypto::Library& library, Strength strength, const Secret<16>& start_key)
      : key_(library, strength, start_key), rc4_(library) {
    begin();
  }

  /// Encrypts or decrypts with what comes next.
  void apply(MutableView data) { rc4_.apply(data); }
  /// Begins the stream of the key in use.
  void begin() { rc4_.set_key(key_.reveal()); }
  /// The next key's stream from its beginning.
  void change_key() {
    key_.change();
    begin();
  }
  /// For changes of the key without a stream.
  [[nodiscard]] SessionKey& key() { return key_; }

 private:
  SessionKey key_;
  crypto::Rc4 rc4_;
};

/// What encrypts one direction: packets in a batch with a chain, each at once with a stream.
using Cipher = std::variant<KeyChain, KeyStream>;

inline Cipher make_cipher(const crypto::Library& library, Strength strength,
                          const Secret<16>& start_key, bool in_batch) {
  if (in_batch) return Cipher(std::in_place_type<KeyChain>, strength, start_key);
  return Cipher(std::in_place_type<KeyStream>, library, strength, start_key);
}

}  // namespace upptpd::mppe
