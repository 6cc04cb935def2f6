// RC4 is one long chain of dependences: each step reads what the step before it may have written,
// so that one packet leaves most of a processor idle. Packets know nothing of each other: so take a
// step of each packet in turn (a "lane" each), and what one waits for, another does meanwhile. From
// six lanes on the limit is that of the memory unit: three loads and two stores for each octet.
#include "crypto/rc4_lanes.hpp"

#include <algorithm>
#include <cstring>

#include "core/check.hpp"
#include "crypto/rc4_steps.hpp"
#include "crypto/unrolled.hpp"

namespace upptpd::crypto {
namespace {

using rc4::kBlock;
using rc4::kKeySize;
using rc4::kTableSize;

constexpr auto kIdentity = [] {
  std::array<std::uint8_t, kTableSize> table{};
  for (std::size_t i = 0; i < kTableSize; ++i) table[i] = static_cast<std::uint8_t>(i);
  return table;
}();

/// Where the lanes stand: what is kept of them from one call of stream() to the next.
struct Lanes {
  std::array<std::uint8_t*, Rc4Lanes::kMostLanes> data{};
  std::array<std::uint64_t, Rc4Lanes::kMostLanes> j{};
  /// The same for all lanes, and a multiple of kBlock.
  std::size_t i = 0;
};

/// The key schedules of the first kLanes lanes.
template <typename Steps, std::size_t kLanes>
[[gnu::noinline]] void schedule(std::uint8_t* tables) {
  std::uint64_t j[kLanes] = {};
  for (std::uint8_t* row = tables; row < tables + kTableSize; row += kKeySize) {
    unrolled<kKeySize>([&](auto octet) __attribute__((always_inline)) {
      unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) {
        Steps::template schedule<lane, octet>(tables, row, j[lane]);
      });
    });
  }
}

/// Encrypts `blocks` blocks of the first kLanes lanes.
template <typename Steps, std::size_t kLanes>
[[gnu::noinline]] void stream(std::uint8_t* tables, Lanes& lanes, std::size_t blocks) {
  std::uint64_t j[kLanes];
  unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) { j[lane] = lanes.j[lane]; });
  const std::size_t size = blocks * kBlock;
  for (std::size_t done = 0; done < size; done += kBlock) {
    typename Steps::Block block[kLanes];
    unrolled<kLanes>([&](auto lane)
                         __attribute__((always_inline)) { block[lane] = typename Steps::Block{}; });
    std::uint8_t* row = tables + lanes.i;
    lanes.i = (lanes.i + kBlock) % kTableSize;
    unrolled<kBlock>([&](auto octet) __attribute__((always_inline)) {
      // The stream begins with i = 1: the last octet's i may be 0 again.
      if constexpr (octet == kBlock - 1) row = tables + lanes.i;
      unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) {
        Steps::template stream<lane, (octet + 1) % kBlock, octet>(tables, row, j[lane],
                                                                  block[lane]);
      });
    });
    unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) {
      Steps::apply(block[lane], lanes.data[lane] + done);
    });
  }
  unrolled<kLanes>([&](auto lane) __attribute__((always_inline)) {
    lanes.j[lane] = j[lane];
    lanes.data[lane] += size;
  });
}

/// The loops for each number of lanes.
template <typename Steps>
struct Loops {
  using Schedule = void (*)(std::uint8_t*);
  using Stream = void (*)(std::uint8_t*, Lanes&, std::size_t);

  template <std::size_t... index>
  static constexpr auto schedules(std::index_sequence<index...>) {
    return std::array<Schedule, Steps::kMostLanes>{&schedule<Steps, index + 1>...};
  }
  template <std::size_t... index>
  static constexpr auto streams(std::index_sequence<index...>) {
    return std::array<Stream, Steps::kMostLanes>{&stream<Steps, index + 1>...};
  }

  static constexpr auto kSchedule = schedules(std::make_index_sequence<Steps::kMostLanes>{});
  static constexpr auto kStream = streams(std::make_index_sequence<Steps::kMostLanes>{});
};

/// At most Steps::kMostLanes jobs, the longest first, from the key schedule to the last octet.
template <typename Steps>
class Group {
 public:
  Group(std::uint8_t* tables, std::span<const Rc4Job> jobs)
      : tables_(tables), jobs_(jobs), live_(jobs.size()) {
    for (std::size_t lane = 0; lane < live_; ++lane) begin(lane);
    if (live_ > 0) Loops<Steps>::kSchedule[live_ - 1](tables_);
  }

  /// Lanes that have come to their end are left behind, and the others go on without them.
  void run() {
    while (leave_ended_behind()) {
      const std::size_t blocks = left(live_ - 1) / kBlock;
      if (blocks > 0) {
        stream_blocks(blocks);
      } else {
        stream_ends();
      }
    }
  }

 private:
  /// The table as it is before the key schedule, and the key, of which 8 octets count twice.
  void begin(std::size_t lane) {
    const View key = jobs_[lane].key;
    check(key.size() == kKeySize || key.size() == kKeySize / 2);
    std::ranges::copy(kIdentity, tables_ + rc4::table_at(lane));
    std::uint8_t* to = tables_ + rc4::key_at(lane);
    std::memcpy(to, key.data(), kKeySize / 2);
    std::memcpy(to + kKeySize / 2, key.data() + key.size() - kKeySize / 2, kKeySize / 2);
    lanes_.data[lane] = jobs_[lane].data.data();
  }

  [[nodiscard]] std::size_t left(std::size_t lane) const { return jobs_[lane].data.size() - done_; }

  bool leave_ended_behind() {
    while (live_ > 0 && left(live_ - 1) == 0) --live_;
    return live_ > 0;
  }

  void stream_blocks(std::size_t blocks) {
    Loops<Steps>::kStream[live_ - 1](tables_, lanes_, blocks);
    done_ += blocks * kBlock;
  }

  /// Some lanes have less than a block left: they take it out, into a whole block, and put it back.
  void stream_ends() {
    std::array<std::array<std::uint8_t, kBlock>, Rc4Lanes::kMostLanes> ends{};
    std::size_t longer = live_;
    for (; longer > 0 && left(longer - 1) < kBlock; --longer) {
      auto& end = ends[longer - 1];
      std::ranges::copy(jobs_[longer - 1].data.subspan(done_), end.begin());
      lanes_.data[longer - 1] = end.data();
    }
    const std::size_t begin = done_;
    stream_blocks(1);
    for (; live_ > longer; --live_) {
      const MutableView data = jobs_[live_ - 1].data.subspan(begin);
      std::copy_n(ends[live_ - 1].begin(), data.size(), data.begin());
    }
  }

  std::uint8_t* tables_;
  std::span<const Rc4Job> jobs_;
  Lanes lanes_;
  /// Lanes that have octets left, and how many octets each of these has done.
  std::size_t live_;
  std::size_t done_ = 0;
};

bool longer(const Rc4Job& a, const Rc4Job& b) { return a.data.size() > b.data.size(); }

template <typename Steps>
void run_by(std::uint8_t* tables, std::span<Rc4Job> jobs) {
  // Most batches are in order: whole segments, all alike.
  if (!std::ranges::is_sorted(jobs, longer)) std::ranges::sort(jobs, longer);
  // Groups as even as can be: nine jobs go faster as five and four than as eight and one.
  std::size_t groups = (jobs.size() + Steps::kMostLanes - 1) / Steps::kMostLanes;
  for (; groups > 0; --groups) {
    const auto group = jobs.first((jobs.size() + groups - 1) / groups);
    Group<Steps>(tables, group).run();
    jobs = jobs.subspan(group.size());
  }
}

}  // namespace

void Rc4Lanes::run(std::span<Rc4Job> jobs) {
#if defined(__x86_64__)
  if (features_.sse41) return run_by<rc4::Sse41Steps>(scratch_.data(), jobs);
#endif
  run_by<rc4::PortableSteps>(scratch_.data(), jobs);
}

}  // namespace upptpd::crypto
