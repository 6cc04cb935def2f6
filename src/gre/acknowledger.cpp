#include "gre/acknowledger.hpp"

#include "gre/receive_sequencer.hpp"

namespace upptpd::gre {

void Acknowledger::received(SequenceNumber number, Instant now) {
  const bool behind = any_received_ && !number.is_after(highest_);
  if (behind && highest_.distance_from(number) <= ReceiveSequencer::kWindow) return;
  any_received_ = true;
  highest_ = number;
  if (unacknowledged_++ == 0) delay_.start(now + kDelay);
  if (unacknowledged_ >= kMostUnacknowledged) delay_.start(now);
}

std::optional<SequenceNumber> Acknowledger::take() {
  if (unacknowledged_ == 0) return {};
  unacknowledged_ = 0;
  delay_.stop();
  return highest_;
}

bool Acknowledger::due(Instant now) const {
  const Deadline at = delay_.deadline();
  return at && *at <= now;
}

}  // namespace upptpd::gre
