// What a session keeps of one direction of stateless MPPE, where each packet has a key of its own.
// RFC 3078 section 7.3, RFC 3079 section 3.3.
#pragma once

#include <cstdint>

#include "core/secret.hpp"
#include "crypto/sha1_message.hpp"
#include "mppe/master_keys.hpp"

namespace upptpd::mppe {

/// Each key is made of the start key and of the key before: their SHA-1, encrypted by itself. This
/// is the state only; how the next key is made, and those of several sessions at once, is
/// CipherBatch's business.
class KeyChain {
 public:
  /// The first packet's key is the one after the initial session key.
  KeyChain(Strength strength, const Secret<16>& start_key);

  /// Octets of a key: 8 or 16.
  [[nodiscard]] std::size_t size() const { return key_size(strength_); }

  /// The message of whose digest the key after the newest is made. Where that has the newest is
  /// newest_in(message): there can the next one take its place.
  [[nodiscard]] crypto::Sha1Message message() const;
  [[nodiscard]] MutableView newest_in(crypto::Sha1Message& message) const;

  /// Makes a key of `octets`, of size() octets, that RC4 has been over: the weaker strengths begin
  /// with some that everybody knows.
  void weaken(MutableView octets) const;

  /// The key after the newest, which is the newest from now on.
  void use(View key);

 private:
  friend class CipherBatch;
  static constexpr std::uint16_t kNoLine = 0xffff;

  Strength strength_;
  /// Which line of the batch that is being put together is this chain's.
  std::uint16_t line_ = kNoLine;
  Secret<16> start_;
  Secret<16> newest_;
};

}  // namespace upptpd::mppe
