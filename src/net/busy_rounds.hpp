// What is done instead of waiting while packets come in a stream.
#pragma once

#include <chrono>
#include <cstddef>
#include <thread>

namespace upptpd::net {

/// Being woken costs more than a packet does, for us and for who wakes us. So under load nobody is
/// to wake us: a pause, long enough for the next packets and short enough to be missed by nobody,
/// and then all of them at once. An idle tunnel's packets come alone and are never kept waiting.
///
/// `carried` is what the round before this has carried; `round` carries what has come since and
/// says how many packets that were. Returns the number of rounds.
template <typename Round>
std::size_t busy_rounds(std::size_t carried, Round round) {
  constexpr std::size_t kBusy = 8;
  /// More than can come in a pause: there is more to be taken at once.
  constexpr std::size_t kBehind = 128;
  constexpr auto kPause = std::chrono::microseconds(50);
  /// Then whoever else is waiting for this thread has a turn.
  constexpr std::size_t kMostRounds = 8;
  std::size_t rounds = 0;
  for (; carried >= kBusy && rounds < kMostRounds; ++rounds) {
    if (carried < kBehind) std::this_thread::sleep_for(kPause);
    carried = round();
  }
  return rounds;
}

}  // namespace upptpd::net
