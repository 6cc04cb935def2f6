// How the keys of one direction follow from each other. RFC 3078 section 7.3, RFC 3079 sections 3.2
// and 3.3.
#pragma once

#include <cstdint>

#include "core/secret.hpp"
#include "crypto/sha1_message.hpp"
#include "mppe/master_keys.hpp"

namespace upptpd::mppe {

/// Each key is made of the start key and of the key before: their SHA-1, encrypted by itself. This
/// is all that a stateless session keeps of a direction. What is done with it, for one key at a
/// time or for those of several sessions at once, is SessionKey's and CipherBatch's business.
class KeyChain {
 public:
  /// The initial session key is the newest.
  KeyChain(Strength strength, const Secret<16>& start_key);

  /// Octets of a key: 8 or 16.
  [[nodiscard]] std::size_t size() const { return key_size(strength_); }

  /// The message of whose digest the key after the newest is made. Where that has the newest is
  /// newest_in(message): there can the next one take its place.
  [[nodiscard]] crypto::Sha1Message message() const;
  [[nodiscard]] MutableView newest_in(crypto::Sha1Message& message) const;

  /// Makes the key after the newest of `octets`, of size() octets, that RC4 has been over, and has
  /// it as the newest from now on.
  void use(MutableView octets);
  [[nodiscard]] View newest() const { return View(newest_.reveal()).first(size()); }

 private:
  friend class CipherBatch;
  void weaken(MutableView octets) const;

  static constexpr std::uint16_t kNoLine = 0xffff;

  Strength strength_;
  /// Which line of the batch that is being put together is this chain's.
  std::uint16_t line_ = kNoLine;
  Secret<16> start_;
  Secret<16> newest_;
};

}  // namespace upptpd::mppe
