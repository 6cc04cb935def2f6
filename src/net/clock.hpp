// Where time comes from: only the shell reads it.
#pragma once

#include <chrono>

#include "core/time.hpp"

namespace upptpd::net {

inline Instant now() {
  return Instant(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

/// The same instant on Asio's clock.
inline std::chrono::steady_clock::time_point to_steady_clock(Instant instant) {
  return std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(instant.time_since_epoch()));
}

}  // namespace upptpd::net
