// A scripted client's own MPPE: RFC 3078 as it is printed, on the key derivation that has its own
// vectors.
#pragma once

#include <optional>

#include "mppe/session_key.hpp"

namespace upptpd::profiles {

/// What the client sends.
class Sealer {
 public:
  Sealer(const crypto::Library& library, std::uint32_t mode, const Secret<16>& start_key,
         bool changes_key_on_flush);

  /// Header and encrypted contents.
  Bytes seal(View contents);
  /// The server asked for it: the next packet begins anew.
  void flush() { flush_ = true; }

  /// Of the next packet.
  std::uint16_t count = 0;

 private:
  mppe::SessionKey key_;
  crypto::Rc4 rc4_;
  bool stateless_;
  bool changes_key_on_flush_;
  bool flush_ = true;
  bool first_ = true;
};

/// What comes to the client.
class Opener {
 public:
  Opener(const crypto::Library& library, std::uint32_t mode, const Secret<16>& start_key);

  /// The contents; nothing where they cannot be known.
  std::optional<Bytes> open(View packet);
  /// Stateful keys are lost: the server is to be asked to flush its own.
  [[nodiscard]] bool is_lost() const { return lost_; }

 private:
  mppe::SessionKey key_;
  crypto::Rc4 rc4_;
  bool stateless_;
  bool lost_ = false;
  std::uint16_t expected_ = 0;
};

/// The strength of a value of option 18 that has one bit of them.
mppe::Strength strength_of(std::uint32_t mode);

}  // namespace upptpd::profiles
