// Randomness as the recorded server had it.
#pragma once

#include <optional>

#include "auth/ms_chap_v2.hpp"
#include "core/random_source.hpp"

namespace upptpd::replay {

/// Gives out what the recorded server drew: 16 octets are its challenge, 4 its magic number.
/// Whatever is asked for after that differs each time.
class RecordedRandomness : public RandomSource {
 public:
  RecordedRandomness(const auth::MsChapV2Challenge& challenge, std::optional<std::uint32_t> magic)
      : challenge_(challenge), magic_(magic) {}
  void fill(MutableView out) override;

 private:
  std::optional<auth::MsChapV2Challenge> challenge_;
  std::optional<std::uint32_t> magic_;
  std::uint32_t counter_ = 0x5a5a0000;
};

}  // namespace upptpd::replay
