// When what happens in a simulated run, and how long things may take.
#pragma once

#include "core/time.hpp"

namespace upptpd::simulation {

/// For a set-up on a network with little loss, which repeats every 3 s.
inline constexpr Duration kConnects = std::chrono::seconds(45);
/// Traffic and incidents are before this; then the network is good.
inline constexpr Duration kHeals = std::chrono::seconds(100);
/// By then whoever has lost its peer has noticed: echo every 30 s, four of them unanswered, and the
/// time to end (LCP), or 60 s and 60 s (control connection).
inline constexpr Duration kSettles = kHeals + std::chrono::seconds(240);
inline constexpr Duration kEnds = kSettles + std::chrono::seconds(60);

/// Beside the time on the wire, for two sides that answer at once.
inline constexpr Duration kAtOnce = std::chrono::milliseconds(100);

}  // namespace upptpd::simulation
