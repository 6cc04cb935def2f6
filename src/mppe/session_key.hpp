// The RC4 key of one direction and how it changes. RFC 3078 section 7, RFC 3079 sections 3.2
// and 3.3.
#pragma once

#include <array>

#include "core/secret.hpp"
#include "crypto/rc4.hpp"
#include "mppe/master_keys.hpp"

namespace upptpd::mppe {

/// SHSpad1 and SHSpad2: 40 octets of 0x00 and of 0xF2.
extern const std::array<std::uint8_t, 40> kShaPad1;
extern const std::array<std::uint8_t, 40> kShaPad2;

class SessionKey {
 public:
  /// The initial session key. `library` must outlive this.
  SessionKey(const crypto::Library& library, Strength strength, const Secret<16>& start_key);

  /// The next key: once per packet in stateless mode, before the packet. Does not allocate.
  void change();

  /// The key as it is now, to come back to it.
  [[nodiscard]] const Secret<16>& state() const { return current_; }
  void go_back_to(const Secret<16>& state) { current_ = state; }

  /// The key in use, of `key_size(strength)` octets.
  [[nodiscard]] View reveal() const { return View(current_.reveal()).first(size_); }

 private:
  void derive_from_current();
  void reduce();

  Strength strength_;
  std::size_t size_;
  Secret<16> start_;
  Secret<16> current_;
  crypto::Rc4 rc4_;
};

}  // namespace upptpd::mppe
