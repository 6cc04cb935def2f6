// Time as an argument. The clock has no now(): pure code cannot read time, only be told it.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace upptpd {

struct SessionClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<SessionClock>;
  static constexpr bool is_steady = true;
};

using Instant = SessionClock::time_point;
using Duration = SessionClock::duration;

using Deadline = std::optional<Instant>;

/// The earlier of two deadlines, where none means never.
inline Deadline earlier(Deadline a, Deadline b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

}  // namespace upptpd
