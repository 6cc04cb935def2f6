// Puts arriving packets back into order before decryption, RFC 2637 section 4.3: bounded in packets
// and in time.
#pragma once

#include <array>

#include "core/packet_buffer.hpp"
#include "core/timer.hpp"
#include "gre/header.hpp"

namespace upptpd::gre {

/// Holds what came too early until the gap before it is filled or a timer gives the gap up.
/// Stateless MPPE takes a lost packet but no late one, so whatever is late after that is dropped.
class ReceiveSequencer {
 public:
  /// How far ahead of the expected packet one is held; what is further ahead ends all waiting.
  static constexpr std::uint32_t kWindow = 32;
  /// How long a gap is waited for: twice the lateness seen lately, within these.
  static constexpr Duration kShortestWait = std::chrono::milliseconds(3);
  static constexpr Duration kLongestWait = std::chrono::milliseconds(20);
  /// A peer that starts again from another number is believed after this much silence.
  static constexpr Duration kRestartSilence = std::chrono::seconds(2);

  /// Takes a packet and appends to `ready` what is in order now. False when the packet was dropped
  /// and counted.
  bool receive(Packet packet, SequenceNumber number, Instant now, PacketBatch& ready,
               DropCounters& drops);

  void advance(Instant now, PacketBatch& ready);
  [[nodiscard]] Deadline deadline() const { return gap_timer_.deadline(); }

  /// Packets that never came, as far as we know.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  /// Packets that were held because they came too early.
  [[nodiscard]] std::uint64_t reordered() const { return reordered_; }

 private:
  void restart_at(SequenceNumber number, Instant now);
  bool drop_old(SequenceNumber number, DropCounters& drops);
  void deliver(Packet packet, Instant now, PacketBatch& ready);
  void deliver_run(Instant now, PacketBatch& ready);
  void give_up_gaps(Instant now, PacketBatch& ready);
  void skip_expected();
  void gap_lasted(Duration time);
  Packet& slot(SequenceNumber number) { return held_[number.value() % kWindow]; }

  bool started_ = false;
  SequenceNumber expected_;
  /// Bit i tells whether expected_ - 1 - i was delivered: duplicate or merely late.
  std::uint64_t delivered_ = 0;
  Instant last_delivery_;

  std::array<Packet, kWindow> held_;
  std::size_t held_count_ = 0;
  Timer gap_timer_;
  Instant gap_since_;
  Duration lateness_ = kLongestWait / 2;

  std::uint64_t lost_ = 0;
  std::uint64_t reordered_ = 0;
};

}  // namespace upptpd::gre
