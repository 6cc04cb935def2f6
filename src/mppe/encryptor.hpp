// Encrypts what goes out on one session: stateless MPPE, a new key for each packet. RFC 3078
// section 7.
#pragma once

#include "core/packet_buffer.hpp"
#include "mppe/header.hpp"
#include "mppe/session_key.hpp"

namespace upptpd::mppe {

class Encryptor {
 public:
  /// `library` must outlive this.
  Encryptor(const crypto::Library& library, Strength strength, const Secret<16>& start_key);

  /// Encrypts the contents (inner protocol and data) in place and puts the MPPE header before them.
  void encrypt(PacketBuffer& packet);

 private:
  SessionKey key_;
  crypto::Rc4 rc4_;
  CoherencyCount next_;
};

}  // namespace upptpd::mppe
