// Reads big-endian fields from octets; fails once and stays failed, so that one check at the end is
// enough.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/bytes.hpp"

namespace upptpd {

/// Reading past the end yields zeros and makes `ok()` false for good.
class Reader {
 public:
  explicit Reader(View bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return number(4); }

  /// The next `size` octets, or an empty view.
  View bytes(std::size_t size) {
    if (!take(size)) return {};
    const View taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> out{};
    const View taken = bytes(N);
    std::copy(taken.begin(), taken.end(), out.begin());
    return out;
  }

  void skip(std::size_t size) { bytes(size); }

  /// All that is left.
  View rest() { return bytes(rest_.size()); }

  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  bool take(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
    }
    return ok_;
  }

  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (std::uint8_t octet : bytes(size)) value = value << 8 | octet;
    return value;
  }

  View rest_;
  bool ok_ = true;
};

}  // namespace upptpd
