// Where challenges, magic numbers and call ids come from: the one injected interface, so that tests
// can force it.
#pragma once

#include "core/bytes.hpp"

namespace upptpd {

class RandomSource {
 public:
  RandomSource() = default;
  RandomSource(const RandomSource&) = delete;
  RandomSource& operator=(const RandomSource&) = delete;
  virtual ~RandomSource() = default;

  /// Fills with octets that nobody can predict.
  virtual void fill(MutableView out) = 0;

  std::uint16_t u16() {
    std::uint8_t octets[2];
    fill(octets);
    return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
  }

  std::uint32_t u32() {
    std::uint8_t octets[4];
    fill(octets);
    std::uint32_t value = 0;
    for (std::uint8_t octet : octets) value = value << 8 | octet;
    return value;
  }
};

}  // namespace upptpd
