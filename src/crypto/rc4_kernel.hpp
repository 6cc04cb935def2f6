// The inner loops of RC4 over several packets at a time. For those who instantiate them: rc4_lanes,
// and mppe/key_lane, which makes keys beside them.
//
// RC4 is one long chain of dependences: each step reads what the step before it may have written,
// so that one packet leaves most of a processor idle. Packets know nothing of each other: so take a
// step of each packet in turn (a "lane" each), and what one waits for, another does meanwhile. With
// six lanes and more the limit is that of the memory unit: two stores for each octet, about one a
// cycle.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/bytes.hpp"
#include "core/secret.hpp"
#include "crypto/rc4_steps.hpp"
#include "crypto/unrolled.hpp"

namespace upptpd::crypto {

/// Data to be encrypted or decrypted in place by the beginning of a key's stream.
struct Rc4Job {
  /// 8 or 16 octets. Read before anything is written: it may be the data itself.
  View key;
  MutableView data;
};

/// The order that groups want.
inline bool longer(const Rc4Job& a, const Rc4Job& b) { return a.data.size() > b.data.size(); }

}  // namespace upptpd::crypto

namespace upptpd::crypto::rc4 {

/// The tables and keys of all lanes. Overwritten when it dies.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { wipe(octets_); }

  /// A lane's table as it is before the key schedule, and its key, 8 octets of which count twice.
  void begin(std::size_t lane, View key);

  [[nodiscard]] std::uint8_t* tables() { return octets_.data(); }
  [[nodiscard]] MutableView key(std::size_t lane) {
    return MutableView(octets_).subspan(key_at(lane), kKeySize);
  }
  void wipe_all() { wipe(octets_); }

 private:
  alignas(64) std::array<std::uint8_t, kScratchSize> octets_{};
};

/// Where the lanes stand: what is kept of them from one call of stream() to the next.
struct Lanes {
  std::array<std::uint8_t*, kMostLanes> data{};
  std::array<std::uint64_t, kMostLanes> j{};
  /// The same for all lanes, and a multiple of kBlock.
  std::size_t i = 0;
};

/// The key schedules of the first kLanes lanes.
template <typename Steps, std::size_t kLanes>
[[gnu::noinline]] void schedule(Scratch& scratch) {
  std::uint64_t j[kLanes] = {};
  std::uint8_t* tables = scratch.tables();
  for (std::uint8_t* row = tables; row < tables + kTableSize; row += kKeySize) {
    unrolled<kKeySize>([&](auto octet) __attribute__((always_inline)) {
      unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) {
        Steps::template schedule<lane, octet>(tables, row, j[lane]);
      });
    });
  }
}

/// Encrypts `blocks` blocks of the first kLanes lanes. `side.beside(most, block)` is to call
/// `block` once or up to `most` times, with what it does itself before each row (a row is a step of
/// each lane; a block has kBlock of them), and to say how often it did.
template <typename Steps, std::size_t kLanes, typename Side>
[[gnu::noinline]] void stream(Scratch& scratch, Lanes& lanes, std::size_t blocks, Side& side) {
  std::uint64_t j[kLanes];
  unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) { j[lane] = lanes.j[lane]; });
  std::uint8_t* tables = scratch.tables();
  std::size_t i = lanes.i;
  std::size_t done = 0;
  const auto block_of_lanes = [&](auto step_of_side) __attribute__((always_inline)) {
    typename Steps::Block block[kLanes];
    unrolled<kLanes>([&](auto lane)
                         __attribute__((always_inline)) { block[lane] = typename Steps::Block{}; });
    std::uint8_t* row = tables + i;
    i = (i + kBlock) % kTableSize;
    unrolled<kBlock>([&](auto octet) __attribute__((always_inline)) {
      // The stream begins with i = 1: the last octet's i may be 0 again.
      if constexpr (octet == kBlock - 1) row = tables + i;
      step_of_side(octet);
      unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) {
        Steps::template stream<lane, (octet + 1) % kBlock, octet>(tables, row, j[lane],
                                                                  block[lane]);
      });
    });
    unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) {
      Steps::apply(block[lane], lanes.data[lane] + done);
    });
    done += kBlock;
  };
  while (blocks > 0) blocks -= side.beside(blocks, block_of_lanes);
  lanes.i = i;
  unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) {
    lanes.j[lane] = j[lane];
    lanes.data[lane] += done;
  });
}

/// Nothing beside the lanes.
struct Alone {
  template <typename BlockOfLanes>
  [[gnu::always_inline]] std::size_t beside(std::size_t most, BlockOfLanes block) {
    for (std::size_t times = 0; times < most; ++times) block([](auto) {});
    return most;
  }
};

/// The loops for each number of lanes.
template <typename Steps, typename Side>
struct Loops {
  static constexpr std::size_t kMost = Steps::kMostLanes;
  using Schedule = void (*)(Scratch&);
  using Stream = void (*)(Scratch&, Lanes&, std::size_t, Side&);

  template <std::size_t... index>
  static constexpr std::array<Schedule, kMost> schedules(std::index_sequence<index...>) {
    return {&schedule<Steps, index + 1>...};
  }
  template <std::size_t... index>
  static constexpr std::array<Stream, kMost> streams(std::index_sequence<index...>) {
    return {&stream<Steps, index + 1, Side>...};
  }

  static constexpr auto kSchedule = schedules(std::make_index_sequence<kMost>{});
  static constexpr auto kStream = streams(std::make_index_sequence<kMost>{});
};

/// At most Steps::kMostLanes jobs, the longest first, from the key schedule to the last octet.
template <typename Steps, typename Side>
class Group {
 public:
  Group(Scratch& scratch, std::span<const Rc4Job> jobs, Side& side)
      : scratch_(scratch), jobs_(jobs), side_(side), live_(jobs.size()) {}

  /// Lanes that have come to their end are left behind, and the others go on without them.
  void run() {
    begin();
    while (leave_ended_behind()) {
      const std::size_t blocks = left(live_ - 1) / kBlock;
      if (blocks > 0) {
        stream(blocks);
      } else {
        stream_ends();
      }
    }
  }

 private:
  using Loop = Loops<Steps, Side>;

  void begin() {
    for (std::size_t lane = 0; lane < live_; ++lane) {
      scratch_.begin(lane, jobs_[lane].key);
      lanes_.data[lane] = jobs_[lane].data.data();
    }
    if (live_ > 0) Loop::kSchedule[live_ - 1](scratch_);
  }

  [[nodiscard]] std::size_t left(std::size_t lane) const { return jobs_[lane].data.size() - done_; }

  bool leave_ended_behind() {
    while (live_ > 0 && left(live_ - 1) == 0) --live_;
    return live_ > 0;
  }

  void stream(std::size_t blocks) {
    Loop::kStream[live_ - 1](scratch_, lanes_, blocks, side_);
    done_ += blocks * kBlock;
  }

  /// Some lanes have less than a block left: they take it out, into a whole block, and put it back.
  void stream_ends() {
    std::array<std::array<std::uint8_t, kBlock>, kMostLanes> ends{};
    std::size_t longer = live_;
    for (; longer > 0 && left(longer - 1) < kBlock; --longer) {
      auto& end = ends[longer - 1];
      std::ranges::copy(jobs_[longer - 1].data.subspan(done_), end.begin());
      lanes_.data[longer - 1] = end.data();
    }
    const std::size_t begin = done_;
    stream(1);
    for (; live_ > longer; --live_) {
      const MutableView data = jobs_[live_ - 1].data.subspan(begin);
      std::copy_n(ends[live_ - 1].begin(), data.size(), data.begin());
    }
  }

  Scratch& scratch_;
  std::span<const Rc4Job> jobs_;
  Side& side_;
  Lanes lanes_;
  /// Lanes that have octets left, and how many octets each of these has done.
  std::size_t live_;
  std::size_t done_ = 0;
};

}  // namespace upptpd::crypto::rc4
