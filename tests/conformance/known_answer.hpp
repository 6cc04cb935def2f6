// What the tests with known answers have in common.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/bytes.hpp"
#include "support/crypto_library.hpp"

namespace upptpd::known_answer {

/// Exactly N octets of hexadecimal.
template <std::size_t N>
std::array<std::uint8_t, N> octets(const char* hex) {
  const Bytes bytes = from_hex(hex);
  EXPECT_EQ(bytes.size(), N) << hex;
  std::array<std::uint8_t, N> out{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
  return out;
}

}  // namespace upptpd::known_answer
