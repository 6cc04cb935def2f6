// Loops that are gone when the program runs, so that arrays which they index stay in registers.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace upptpd::crypto {

/// Calls `body` with the constants 0 to kCount - 1.
template <std::size_t kCount, typename Body>
[[gnu::always_inline]] inline void unrolled(Body&& body) {
  [&]<std::size_t... index>(std::index_sequence<index...>) __attribute__((always_inline)) {
    (body(std::integral_constant<std::size_t, index>{}), ...);
  }
  (std::make_index_sequence<kCount>{});
}

}  // namespace upptpd::crypto
