// Arbitrary GRE headers, and arbitrary sequence numbers at arbitrary times into a tunnel.
#include <algorithm>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "gre/tunnel.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::gre;

/// What was understood can be written, and is understood again.
void check_round_trip(View packet) {
  const auto header = parse(packet);
  if (!header) return;
  check(header->size() + header->payload_length <= packet.size());
  Bytes again(header->size());
  serialise(*header, again);
  again.resize(header->size() + header->payload_length);
  const auto reread = parse(again);
  check(reread.has_value() && *reread == *header);
}

/// Each packet carries its own number, so that what comes out can be held against what went in.
class TunnelUnderAttack {
 public:
  void run(View script) {
    Reader reader(script);
    while (reader.left() > 0) {
      const std::uint8_t what = reader.u8();
      now_ += std::chrono::microseconds(std::uint32_t{what} * what * 16);
      if (what % 4 == 0) {
        tunnel_.advance(now_, frames_);
      } else if (what % 4 == 1) {
        number_ = reader.u32();  // anywhere
      } else {
        number_ += static_cast<std::uint32_t>(reader.u8()) - 100;  // near
      }
      if (what % 4 != 0) receive();
      take_frames();
      acknowledge();
    }
    drain();
  }

 private:
  void receive() {
    Packet packet = pool_.take();
    check(packet != nullptr);  // the sequencer holds no more than its window
    packet->resize(4);
    for (unsigned i = 0; i < 4; ++i) {
      packet->view()[i] = static_cast<std::uint8_t>(number_ >> 8 * (3 - i));
    }
    Header header;
    header.payload_length = 4;
    header.sequence = SequenceNumber(number_);
    serialise(header, packet->push_front(header.size()));
    ++received_;
    tunnel_.receive(std::move(packet), header, now_, frames_, drops_);
  }

  void take_frames() {
    for (const Packet& frame : frames_) {
      check(frame->size() == 4);
      ++delivered_;
    }
    frames_.clear();
    const std::size_t held = pool_.capacity() - pool_.available();
    check(held < ReceiveSequencer::kWindow);
    check(delivered_ + drops_.total() + held == received_);
    check(held == 0 || tunnel_.deadline().has_value());
  }

  void acknowledge() {
    const auto header = tunnel_.due_acknowledgment(now_);
    if (!header) return;
    check(!header->sequence && header->acknowledgment.has_value());
    check(!tunnel_.due_acknowledgment(now_));
  }

  /// Whoever waits long enough holds nothing any more.
  void drain() {
    now_ += std::chrono::seconds(1);
    tunnel_.advance(now_, frames_);
    take_frames();
    check(pool_.available() == pool_.capacity());
  }

  PacketPool pool_{ReceiveSequencer::kWindow + 2};
  PacketBatch frames_;
  DropCounters drops_;
  Tunnel tunnel_{PeerCallId(1)};
  Instant now_;
  std::uint32_t number_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t delivered_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_round_trip(View(data, size));
  TunnelUnderAttack().run(View(data, std::min<std::size_t>(size, 4096)));
  return 0;
}
