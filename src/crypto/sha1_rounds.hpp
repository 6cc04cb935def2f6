// SHA-1 by the processor's own instructions, in pieces that can be done in turn with another
// message's. For sha1_lanes.
#pragma once

#if defined(__x86_64__)

#include <cstdint>
#include <cstring>

#include "crypto/unrolled.hpp"

namespace upptpd::crypto {

/// Needs ProcessorFeatures::sha, all of this.
struct Sha1State {
  /// Four words, the first of them on top.
  using Words [[gnu::vector_size(16)]] = std::uint32_t;

  Words abcd = {0x10325476, 0x98badcfe, 0xefcdab89, 0x67452301};
  Words e = {0, 0, 0, 0xc3d2e1f0};

  // Single instructions rather than intrinsics: those would want every function on the way to be
  // compiled for such processors only.
  [[gnu::always_inline]] static Words octets_reversed(Words words) {
    constexpr Words kOrder = {0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203};
    asm("pshufb %1, %0" : "+x"(words) : "x"(kOrder));  // NOLINT
    return words;
  }

  /// The digest's first 16 octets.
  [[gnu::always_inline]] void first_16(std::uint8_t* out) const {
    const Words words = octets_reversed(abcd);
    std::memcpy(out, &words, sizeof words);
  }
};

/// A block of 64 octets on its way into the state. One alone waits for each of its rounds; two in
/// turn keep the processor's SHA unit busy.
class Sha1Block {
 public:
  /// Four rounds each.
  static constexpr std::size_t kSteps = 20;

  [[gnu::always_inline]] Sha1Block(Sha1State& state, const std::uint8_t* octets)
      : state_(state), abcd_(state.abcd) {
    unrolled<4>([&](auto quad) __attribute__((always_inline)) {
      std::memcpy(&words_[quad], octets + quad * sizeof(Words), sizeof(Words));
      words_[quad] = Sha1State::octets_reversed(words_[quad]);
    });
    e_ = state.e + words_[0];
  }

  /// Steps 0 to kSteps - 1, in this order.
  template <std::size_t kStep>
  [[gnu::always_inline]] void step() {
    const Words before = abcd_;
    four_rounds<kStep / 5>(abcd_, e_);
    if constexpr (kStep == kSteps - 1) {
      state_.e = next_e(before, state_.e);
      state_.abcd += abcd_;
    } else {
      if constexpr (kStep >= 3) expand<kStep + 1>();
      e_ = next_e(before, words_[(kStep + 1) % 4]);
    }
  }

 private:
  using Words = Sha1State::Words;

  template <int kFunction>
  [[gnu::always_inline]] static void four_rounds(Words& abcd, Words e) {
    asm("sha1rnds4 %2, %1, %0" : "+x"(abcd) : "x"(e), "i"(kFunction));  // NOLINT
  }
  [[gnu::always_inline]] static Words next_e(Words abcd_before, Words words) {
    asm("sha1nexte %1, %0" : "+x"(abcd_before) : "x"(words));  // NOLINT
    return abcd_before;
  }

  /// Words 4 * kQuad to 4 * kQuad + 3 of the message schedule, in the place of those 16 before.
  template <std::size_t kQuad>
  [[gnu::always_inline]] void expand() {
    Words& words = words_[kQuad % 4];
    asm("sha1msg1 %1, %0" : "+x"(words) : "x"(words_[(kQuad + 1) % 4]));  // NOLINT
    words ^= words_[(kQuad + 2) % 4];
    asm("sha1msg2 %1, %0" : "+x"(words) : "x"(words_[(kQuad + 3) % 4]));  // NOLINT
  }

  Sha1State& state_;
  Words abcd_;
  /// E, and the words that the next four rounds take added to it.
  Words e_;
  Words words_[4];
};

}  // namespace upptpd::crypto

#endif
