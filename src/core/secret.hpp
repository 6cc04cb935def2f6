// What must not leak: wiped when it dies, cannot be printed, compared in constant time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.hpp"

namespace upptpd {

/// Overwrites in a way that the compiler may not leave out.
void wipe(MutableView octets);

/// Whether two strings of octets are equal, in a time that depends on their lengths only.
bool equal_in_constant_time(View a, View b);

/// A key or hash of N octets.
template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  explicit Secret(const std::array<std::uint8_t, N>& value) : value_(value) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { wipe(value_); }

  [[nodiscard]] std::span<const std::uint8_t, N> reveal() const { return value_; }
  [[nodiscard]] std::span<std::uint8_t, N> overwrite() { return value_; }

  friend bool operator==(const Secret& a, const Secret& b) {
    return equal_in_constant_time(a.value_, b.value_);
  }

 private:
  std::array<std::uint8_t, N> value_{};
};

/// A password.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}
  SecretString(const SecretString&) = default;
  SecretString& operator=(const SecretString&) = default;
  // A short string moves by copying its characters, and leaves them behind: so copy, and wipe.
  SecretString(SecretString&& other) noexcept : value_(other.value_) {  // NOLINT
    other.clear();
  }
  SecretString& operator=(SecretString&& other) noexcept {
    if (this != &other) {
      clear();
      value_ = other.value_;
      other.clear();
    }
    return *this;
  }
  ~SecretString() { clear(); }

  [[nodiscard]] std::string_view reveal() const { return value_; }

  friend bool operator==(const SecretString& a, const SecretString& b) {
    return equal_in_constant_time(as_view(a.value_), as_view(b.value_));
  }

 private:
  void clear();

  std::string value_;
};

}  // namespace upptpd
