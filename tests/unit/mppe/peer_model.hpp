// The other end of stateful MPPE, by what is known of Linux and by the letter of RFC 3078 section
// 8.2, and the packets and the dice of the tests.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"
#include "support/crypto_library.hpp"

namespace upptpd::mppe {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : state_(seed * 2654435761U + 1) {}
  std::uint32_t operator()(std::uint32_t sides) {
    state_ = state_ * 1664525 + 1013904223;
    return (state_ >> 8) % sides;
  }

 private:
  std::uint32_t state_;
};

inline const Secret<16> kStartKey{std::array<std::uint8_t, 16>{9, 8, 7, 6, 5, 4, 3, 2, 1}};

/// The frame of an IPv4 packet with a number in it.
inline Bytes frame(std::uint32_t number, std::size_t size = 60) {
  Bytes octets(size, static_cast<std::uint8_t>(number));
  octets[0] = 0x00;
  octets[1] = 0x21;
  octets[2] = 0x45;
  octets[4] = 0;
  octets[5] = static_cast<std::uint8_t>(size - 2);
  for (unsigned i = 0; i < 4; ++i) octets[8 + i] = static_cast<std::uint8_t>(number >> 8 * i);
  return octets;
}

class Buffers {
 public:
  Bytes encrypt(Encryptor& encryptor, const Bytes& contents) {
    check(buffer_->assign(contents));
    encryptor.encrypt(*buffer_);
    return octets();
  }
  /// Nothing if it was dropped.
  std::optional<Bytes> decrypt(Decryptor& decryptor, const Bytes& packet) {
    check(buffer_->assign(packet));
    reason_ = decryptor.decrypt(*buffer_);
    if (reason_) return {};
    return octets();
  }
  std::string reason() const { return reason_ ? std::string(to_string(*reason_)) : "none"; }

 private:
  Bytes octets() const {
    const View view = std::as_const(*buffer_).view();
    return {view.begin(), view.end()};
  }

  PacketPool pool_{1};
  Packet buffer_ = pool_.take();
  std::optional<DropReason> reason_;
};

/// Independent of the code that is tested but for the session key, which has known answers of its
/// own.
class PeerModel {
 public:
  enum class Kind { linux_kernel, rfc };

  PeerModel(Kind kind, Strength strength)
      : kind_(kind), key_(library(), strength, kStartKey), rc4_(library()) {
    rc4_.set_key(key_.reveal());
  }

  Bytes encrypt(const Bytes& contents) {
    const std::uint32_t count = next_++ & 0xfff;
    const bool flag = (count & 0xff) == 0xff;
    const bool flush = std::exchange(flush_, false);
    if (flag || (flush && kind_ == Kind::linux_kernel)) key_.change();
    if (flag || flush) rc4_.set_key(key_.reveal());
    const bool bit_a = flush || (flag && kind_ == Kind::linux_kernel);
    return packet(count | (bit_a ? 0x9000U : 0x1000U), contents);
  }
  void flush() { flush_ = true; }

  /// Nothing while it waits for a flush.
  std::optional<Bytes> decrypt(const Bytes& octets) {
    const std::uint32_t header = octets[0] * 256U + octets[1];
    const std::uint32_t count = header & 0xfff;
    const bool flushed = (header & 0x8000) != 0;
    if (kind_ == Kind::linux_kernel ? !follow_linux(count, flushed) : !follow_rfc(count, flushed))
      return {};
    Bytes clear(octets.begin() + 2, octets.end());
    rc4_.apply(clear);
    return clear;
  }

 private:
  bool follow_linux(std::uint32_t count, bool flushed) {
    if (!discarding_) {
      expected_ = (expected_ + 1) & 0xfff;
      if (count != expected_) {
        discarding_ = true;
        return false;
      }
    } else {
      if (!flushed) return false;
      while ((count & ~0xffU) != (expected_ & ~0xffU)) {
        key_.change();
        expected_ = (expected_ + 0x100) & 0xfff;
      }
      discarding_ = false;
      expected_ = count;
    }
    if (flushed) {
      key_.change();
      rc4_.set_key(key_.reveal());
    }
    return true;
  }

  bool follow_rfc(std::uint32_t count, bool flushed) {
    bool flag_passed = false;
    for (std::uint32_t c = (expected_ + 1) & 0xfff;; c = (c + 1) & 0xfff) {
      if ((c & 0xff) == 0xff) {
        key_.change();
        flag_passed = true;
      }
      if (c == count) break;
    }
    const bool in_order = !discarding_ && count == ((expected_ + 1) & 0xfff);
    expected_ = count;
    discarding_ = !flushed && !in_order;
    if (discarding_) return false;
    if (flushed || flag_passed) rc4_.set_key(key_.reveal());
    return true;
  }

  Bytes packet(std::uint32_t header, const Bytes& contents) {
    Bytes octets{static_cast<std::uint8_t>(header >> 8), static_cast<std::uint8_t>(header & 0xff)};
    Bytes sealed = contents;
    rc4_.apply(sealed);
    octets.insert(octets.end(), sealed.begin(), sealed.end());
    return octets;
  }

  Kind kind_;
  SessionKey key_;
  crypto::Rc4 rc4_;
  std::uint32_t next_ = 0;
  std::uint32_t expected_ = 0xfff;
  bool flush_ = false;
  bool discarding_ = false;
};

inline constexpr Strength kStrengths[] = {Strength::bits40, Strength::bits56, Strength::bits128};
inline constexpr PeerModel::Kind kKinds[] = {PeerModel::Kind::linux_kernel, PeerModel::Kind::rfc};

}  // namespace upptpd::mppe
