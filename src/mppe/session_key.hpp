// The RC4 key of one direction and how it changes, a key at a time. RFC 3078 section 7, RFC 3079
// sections 3.2 and 3.3.
#pragma once

#include "crypto/rc4.hpp"
#include "mppe/key_chain.hpp"

namespace upptpd::mppe {

class SessionKey {
 public:
  /// The initial session key. `library` must outlive this.
  SessionKey(const crypto::Library& library, Strength strength, const Secret<16>& start_key)
      : chain_(strength, start_key), rc4_(library) {}

  /// The next key: once per packet in stateless mode, before the packet. Does not allocate.
  void change();

  /// The key as it is now, to come back to it.
  [[nodiscard]] KeyChain state() const { return chain_; }
  void go_back_to(const KeyChain& state) { chain_ = state; }

  /// The key in use, of `key_size(strength)` octets.
  [[nodiscard]] View reveal() const { return chain_.newest(); }

 private:
  KeyChain chain_;
  crypto::Rc4 rc4_;
};

}  // namespace upptpd::mppe
