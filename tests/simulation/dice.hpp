// All randomness of a simulated run: the same seed throws the same numbers everywhere.
#pragma once

#include "core/random_source.hpp"

namespace upptpd::simulation {

/// SplitMix64: the standard library's distributions differ between implementations.
class Dice : public RandomSource {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t throw_all() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  /// From `least` to `most`, both included.
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + throw_all() % (most - least + 1);
  }
  /// True with this probability, in millionths.
  bool chance(unsigned millionths) { return throw_all() % 1'000'000 < millionths; }

  void fill(MutableView out) override {
    for (std::uint8_t& octet : out) octet = static_cast<std::uint8_t>(throw_all());
  }

 private:
  std::uint64_t state_;
};

}  // namespace upptpd::simulation
