// Counters that wrap, after RFC 1982: GRE sequence numbers (32 bits), MPPE coherency counts (12
// bits).
#pragma once

#include <cstdint>

namespace upptpd {

/// Has no operator<, because on a circle nothing is smaller: ask `is_after` or `distance_from`.
template <class Tag, class Rep, unsigned Bits>
class Serial {
 public:
  static_assert(Bits <= 32 && Bits <= 8 * sizeof(Rep));
  static constexpr std::uint64_t kModulus = std::uint64_t{1} << Bits;

  constexpr Serial() = default;
  constexpr explicit Serial(Rep value) : value_(static_cast<Rep>(value & (kModulus - 1))) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }
  [[nodiscard]] constexpr Serial next() const { return *this + 1; }

  constexpr Serial operator+(std::uint32_t steps) const {
    return Serial(static_cast<Rep>((std::uint64_t{value_} + steps) & (kModulus - 1)));
  }

  /// Steps forward from `other` to this one, 0 to 2^Bits - 1.
  [[nodiscard]] constexpr std::uint32_t distance_from(Serial other) const {
    return static_cast<std::uint32_t>((std::uint64_t{value_} + kModulus - other.value_) &
                                      (kModulus - 1));
  }

  /// Whether this one lies in the half circle ahead of `other`.
  [[nodiscard]] constexpr bool is_after(Serial other) const {
    const std::uint32_t distance = distance_from(other);
    return distance != 0 && distance < kModulus / 2;
  }

  friend constexpr bool operator==(Serial, Serial) = default;

 private:
  Rep value_{};
};

}  // namespace upptpd
