// Randomness as the recorded server had it.
#pragma once

#include <optional>

#include "core/bytes.hpp"
#include "core/random_source.hpp"

namespace upptpd::replay {

/// Gives out what the recorded server drew: what is as long as its challenge is that, and 4 octets
/// are its magic number. Whatever is asked for after that differs each time.
class RecordedRandomness : public RandomSource {
 public:
  RecordedRandomness(Bytes challenge, std::optional<std::uint32_t> magic)
      : challenge_(std::move(challenge)), magic_(magic) {}
  void fill(MutableView out) override;

 private:
  Bytes challenge_;
  std::optional<std::uint32_t> magic_;
  std::uint32_t counter_ = 0x5a5a0000;
};

}  // namespace upptpd::replay
