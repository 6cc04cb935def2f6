// Writes big-endian fields into given space; fails once and stays failed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/bytes.hpp"

namespace upptpd {

/// Writing past the end writes nothing and makes `ok()` false for good.
class Writer {
 public:
  explicit Writer(MutableView space) : space_(space) {}

  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }

  void bytes(View source) {
    if (!take(source.size())) return;
    std::copy(source.begin(), source.end(), space_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += source.size();
  }

  void zeros(std::size_t count) {
    if (!take(count)) return;
    std::fill_n(space_.begin() + static_cast<std::ptrdiff_t>(size_), count, std::uint8_t{0});
    size_ += count;
  }

  /// A text in a field of fixed width, cut or padded with zeros (the RFC 2637 host and vendor
  /// names).
  void text(std::string_view value, std::size_t width) {
    value = value.substr(0, width);
    bytes(as_view(value));
    zeros(width - value.size());
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] View written() const { return View(space_).first(size_); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  bool take(std::size_t size) {
    if (size > space_.size() - size_) ok_ = false;
    return ok_;
  }

  void number(std::uint32_t value, std::size_t size) {
    if (!take(size)) return;
    for (std::size_t i = 0; i < size; ++i) {
      space_[size_++] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
    }
  }

  MutableView space_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace upptpd
