// A short message with the padding that SHA-1 puts behind it. FIPS 180-4 section 5.1.1.
#pragma once

#include <array>
#include <cstdint>

#include "core/bytes.hpp"
#include "core/check.hpp"
#include "core/secret.hpp"

namespace upptpd::crypto {

/// Made once and hashed again and again while a few of its octets change, as MPPE's keys do. It may
/// hold a key: overwritten when it dies.
class Sha1Message {
 public:
  static constexpr std::size_t kBlocks = 2;
  static constexpr std::size_t kBlockSize = 64;
  static constexpr std::size_t kSize = kBlocks * kBlockSize;

  /// Of 56 to 119 octets, which are zero: what makes two blocks.
  explicit Sha1Message(std::size_t size) : size_(size) {
    check(size >= 56 && size <= kSize - 9);
    octets_[size] = 0x80;
    octets_[kSize - 2] = static_cast<std::uint8_t>(size * 8 >> 8);
    octets_[kSize - 1] = static_cast<std::uint8_t>(size * 8);
  }
  Sha1Message(const Sha1Message&) = default;
  Sha1Message& operator=(const Sha1Message&) = default;
  ~Sha1Message() { wipe(octets_); }

  [[nodiscard]] MutableView contents() { return MutableView(octets_).first(size_); }
  [[nodiscard]] View contents() const { return View(octets_).first(size_); }
  /// With the padding.
  [[nodiscard]] const std::uint8_t* block(std::size_t number) const {
    return octets_.data() + number * kBlockSize;
  }

 private:
  alignas(16) std::array<std::uint8_t, kSize> octets_{};
  std::size_t size_;
};

}  // namespace upptpd::crypto
