// Octets that a test can foretell.
#pragma once

#include "core/random_source.hpp"

namespace upptpd {

/// Octets of 01, then of 02, and so on.
class CountingRandom : public RandomSource {
 public:
  void fill(MutableView out) override {
    ++next_;
    for (std::uint8_t& octet : out) octet = next_;
  }

 private:
  std::uint8_t next_ = 0;
};

/// The same octets for the same seed.
class SeededRandom : public RandomSource {
 public:
  explicit SeededRandom(std::uint32_t seed) : state_(seed * 2654435761U + 1) {}

  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

  void fill(MutableView out) override {
    for (std::uint8_t& octet : out) octet = static_cast<std::uint8_t>(next() >> 11);
  }

 private:
  std::uint32_t state_;
};

}  // namespace upptpd
