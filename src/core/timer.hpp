// One timer of a pure machine: armed for an instant, or not.
#pragma once

#include "core/time.hpp"

namespace upptpd {

class Timer {
 public:
  void start(Instant at) { at_ = at; }
  void stop() { at_.reset(); }
  [[nodiscard]] bool running() const { return at_.has_value(); }
  [[nodiscard]] Deadline deadline() const { return at_; }

  /// True once when `now` has reached the instant; the timer is stopped then.
  bool expire(Instant now) {
    if (!at_ || now < *at_) return false;
    at_.reset();
    return true;
  }

 private:
  Deadline at_;
};

}  // namespace upptpd
