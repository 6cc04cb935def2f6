// Encrypts what goes out on one session. RFC 3078 sections 7 and 8.
#pragma once

#include "core/packet_buffer.hpp"
#include "mppe/cipher_batch.hpp"
#include "mppe/header.hpp"
#include "mppe/key_stream.hpp"
#include "mppe/mode.hpp"

namespace upptpd::mppe {

class Encryptor {
 public:
  /// `library` and `batch` must outlive this. Stateless packets are encrypted together with those
  /// of others when `batch` is run; without one, and where the key stream goes on from packet to
  /// packet, each is encrypted at once.
  Encryptor(const crypto::Library& library, Mode mode, const Secret<16>& start_key,
            CipherBatch* batch = nullptr);
  Encryptor(const Encryptor&) = delete;
  Encryptor& operator=(const Encryptor&) = delete;
  /// Runs the batch, where that may have something to do with this.
  ~Encryptor();

  /// Encrypts the contents (inner protocol and data) in place and puts the MPPE header before them.
  /// The packet has to stay where it is until the batch is run.
  void encrypt(PacketBuffer& packet);

  /// The peer has lost packets (CCP Reset-Request) and cannot follow a key stream that goes on: the
  /// next packet is one that it can begin with. Nothing to do in stateless mode.
  void flush();

 private:
  Mode mode_;
  CipherBatch* batch_;
  Cipher cipher_;
  CoherencyCount next_;
};

}  // namespace upptpd::mppe
