// Encrypts what goes out on one session. RFC 3078 sections 7 and 8.
#pragma once

#include "core/packet_buffer.hpp"
#include "mppe/header.hpp"
#include "mppe/mode.hpp"
#include "mppe/session_key.hpp"

namespace upptpd::mppe {

class Encryptor {
 public:
  /// `library` must outlive this.
  Encryptor(const crypto::Library& library, Mode mode, const Secret<16>& start_key);

  /// Encrypts the contents (inner protocol and data) in place and puts the MPPE header before them.
  void encrypt(PacketBuffer& packet);

  /// The peer has lost packets (CCP Reset-Request) and cannot follow a key stream that goes on: the
  /// next packet is one that it can begin with. Nothing to do in stateless mode.
  void flush();

 private:
  Mode mode_;
  SessionKey key_;
  crypto::Rc4 rc4_;
  CoherencyCount next_;
};

}  // namespace upptpd::mppe
