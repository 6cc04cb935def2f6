// What is done instead of waiting while packets come in a stream.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>

namespace upptpd::net {

/// Being woken costs more than a packet does, for us and for who wakes us. So under load nobody is
/// to wake us: a pause, long enough for a batch of packets and short enough to be missed by nobody,
/// and then all of them at once. An idle tunnel's packets come alone and are never kept waiting.
class BusyRounds {
 public:
  /// `carried` is what the round before this has carried; `round` carries what has come since and
  /// says how many packets that were. Returns the number of rounds.
  template <typename Round>
  std::size_t stay(std::size_t carried, Round round) {
    std::size_t rounds = 0;
    for (; busy(carried) && rounds < kMostRounds; ++rounds) {
      // More than can come in a pause: there is more to be taken at once.
      if (carried < kBehind) pause_after(carried);
      carried = round();
    }
    return rounds;
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Pause = std::chrono::microseconds;

  /// So many packets in such a time are load.
  static constexpr std::size_t kBusy = 8;
  static constexpr Pause kWindow{200};
  static constexpr std::size_t kBehind = 128;
  /// A batch that is worth a round.
  static constexpr std::size_t kFew = 32;
  static constexpr std::size_t kEnough = 64;
  static constexpr Pause kShortest{50};
  static constexpr Pause kLongest{400};
  /// Then whoever else is waiting for this thread has a turn.
  static constexpr std::size_t kMostRounds = 8;

  /// By the packets of the last window and not of one round: who is woken at once by a fast sender
  /// finds few packets each time.
  bool busy(std::size_t carried) {
    seen_ += carried;
    const auto now = Clock::now();
    const auto window = now - since_;
    if (window < kWindow) return busy_;
    busy_ = seen_ >= kBusy * static_cast<std::size_t>(window / kWindow);
    since_ = now;
    seen_ = 0;
    return busy_;
  }

  void pause_after(std::size_t carried) {
    if (carried < kFew) pause_ = std::min(pause_ * 2, kLongest);
    if (carried > kEnough) pause_ = std::max(pause_ / 2, kShortest);
    std::this_thread::sleep_for(pause_);
  }

  Pause pause_ = kShortest;
  Clock::time_point since_;
  std::size_t seen_ = 0;
  bool busy_ = false;
};

}  // namespace upptpd::net
