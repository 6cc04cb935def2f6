#include "gre/receive_sequencer.hpp"

#include <algorithm>
#include <utility>

namespace upptpd::gre {

bool ReceiveSequencer::receive(Packet packet, SequenceNumber number, Instant now,
                               PacketBatch& ready, DropCounters& drops) {
  // Any first number is right: Windows begins with 0, pptp-linux and Cisco with 1.
  if (!started_) restart_at(number, now);

  const bool old = number != expected_ && !number.is_after(expected_);
  if (old) {
    const bool far = expected_.distance_from(number) > 64;
    if (!far || now - last_delivery_ < kRestartSilence) return drop_old(number, drops);
    give_up_gaps(now, ready);
    restart_at(number, now);
  }
  if (number.distance_from(expected_) >= kWindow) {
    give_up_gaps(now, ready);
    lost_ += number.distance_from(expected_);
    restart_at(number, now);
  }
  if (number == expected_) {
    if (held_count_ > 0) gap_lasted(now - gap_since_);
    deliver(std::move(packet), now, ready);
    deliver_run(now, ready);
    return true;
  }
  if (slot(number)) {
    drops.add(DropReason::gre_duplicate);
    return false;
  }
  slot(number) = std::move(packet);
  ++reordered_;
  if (held_count_++ == 0) {
    gap_since_ = now;
    gap_timer_.start(now + std::clamp(2 * lateness_, kShortestWait, kLongestWait));
  }
  return true;
}

void ReceiveSequencer::advance(Instant now, PacketBatch& ready) {
  if (!gap_timer_.expire(now)) return;
  // Nothing filled the gap: packets seem to get lost here rather than reordered.
  gap_lasted(Duration::zero());
  give_up_gaps(now, ready);
}

void ReceiveSequencer::restart_at(SequenceNumber number, Instant now) {
  started_ = true;
  expected_ = number;
  delivered_ = 0;
  last_delivery_ = now;
}

bool ReceiveSequencer::drop_old(SequenceNumber number, DropCounters& drops) {
  const std::uint32_t age = expected_.distance_from(number) - 1;
  const bool duplicate = age < 64 && (delivered_ >> age & 1) != 0;
  if (!duplicate && age < 64) lateness_ = kLongestWait / 2;  // we were too impatient
  drops.add(duplicate ? DropReason::gre_duplicate : DropReason::gre_late);
  return false;
}

void ReceiveSequencer::deliver(Packet packet, Instant now, PacketBatch& ready) {
  ready.push_back(std::move(packet));
  expected_ = expected_.next();
  delivered_ = delivered_ << 1 | 1;
  last_delivery_ = now;
}

void ReceiveSequencer::deliver_run(Instant now, PacketBatch& ready) {
  while (held_count_ > 0 && slot(expected_)) {
    --held_count_;
    deliver(std::move(slot(expected_)), now, ready);
  }
  if (held_count_ == 0) {
    gap_timer_.stop();
  } else {
    gap_since_ = now;
  }
}

// Everything that is held goes, so that no packet waits longer than the timer says.
void ReceiveSequencer::give_up_gaps(Instant now, PacketBatch& ready) {
  while (held_count_ > 0) {
    if (!slot(expected_)) skip_expected();
    deliver_run(now, ready);
  }
  gap_timer_.stop();
}

void ReceiveSequencer::skip_expected() {
  ++lost_;
  expected_ = expected_.next();
  delivered_ <<= 1;
}

void ReceiveSequencer::gap_lasted(Duration time) { lateness_ = (7 * lateness_ + time) / 8; }

}  // namespace upptpd::gre
