#include "mppe/keys_ahead.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "crypto/sha1_lanes.hpp"

namespace upptpd::mppe {

using crypto::unrolled;
using crypto::rc4::Alone;
using crypto::rc4::kBlock;
using crypto::rc4::kSideLane;
using crypto::rc4::kTableSize;

KeysAhead::KeysAhead(crypto::rc4::Scratch& scratch, KeyChain& chain)
    : scratch_(scratch), chain_(chain), message_(chain.message()) {}

Secret<16> KeysAhead::next() {
  if (chain_.ahead() == 0) make_one();
  return chain_.take_ahead();
}

void KeysAhead::enter(Stage stage) {
  stage_ = stage;
  done_ = 0;
  j_ = 0;
}

#if defined(__x86_64__)

void KeysAhead::digested() {
  crypto::Sha1First16 octets;
  digest_.first_16(octets.data());
  scratch_.begin(kSideLane, View(octets).first(chain_.size()));
  digest_ = {};
  enter(Stage::schedule);
}

void KeysAhead::encrypted() {
  const MutableView key = scratch_.key(kSideLane).first(chain_.size());
  chain_.weaken(key);
  chain_.add_ahead(key);
  std::ranges::copy(key, chain_.newest_in(message_).begin());
  enter(Stage::digest);
}

/// A piece of the next key with each block of the lanes, until all keys are there that may be.
struct BesideLanes {
  using Steps = crypto::rc4::Sse41Steps;
  /// Two rows of the schedule with each row of the lanes: so a key takes twenty blocks, and eight
  /// keys those of a packet of 1,280 octets.
  static constexpr std::size_t kPace = 2;

  KeysAhead& keys;

  template <typename BlockOfLanes>
  [[gnu::always_inline]] std::size_t beside(std::size_t most, BlockOfLanes block) {
    if (keys.chain_.ahead() == KeyChain::kMostAhead) return Alone{}.beside(most, block);
    switch (keys.stage_) {
      case KeysAhead::Stage::digest:
        return digest(block);
      case KeysAhead::Stage::schedule:
        return schedule(most, block);
      case KeysAhead::Stage::encryption:
        return encryption(block);
    }
    return 0;
  }

  template <typename BlockOfLanes>
  [[gnu::always_inline]] std::size_t digest(BlockOfLanes block) {
    constexpr std::size_t kSteps = crypto::Sha1Block::kSteps;
    crypto::Sha1Block octets(keys.digest_, keys.message_.block(keys.done_));
    block([&](auto row) __attribute__((always_inline)) {
      constexpr std::size_t kFirst = row * kSteps / kBlock;
      unrolled<(row + 1) * kSteps / kBlock - kFirst>([&](auto step) __attribute__((always_inline)) {
        octets.step<kFirst + step>();
      });
    });
    if (++keys.done_ == crypto::Sha1Message::kBlocks) keys.digested();
    return 1;
  }

  template <typename BlockOfLanes>
  [[gnu::always_inline]] std::size_t schedule(std::size_t most, BlockOfLanes block) {
    const std::size_t times = std::min(most, (kTableSize - keys.done_) / (kPace * kBlock));
    std::uint8_t* tables = keys.scratch_.tables();
    std::uint8_t* place = tables + keys.done_;
    keys.done_ += times * kPace * kBlock;
    std::uint64_t j = keys.j_;
    for (std::size_t time = 0; time < times; ++time, place += kPace * kBlock) {
      block([&](auto row) __attribute__((always_inline)) {
        unrolled<kPace>([&](auto step) __attribute__((always_inline)) {
          Steps::schedule<kSideLane, row * kPace + step>(tables, place, j);
        });
      });
    }
    keys.j_ = j;
    if (keys.done_ == kTableSize) keys.enter(KeysAhead::Stage::encryption);
    return times;
  }

  template <typename BlockOfLanes>
  [[gnu::always_inline]] std::size_t encryption(BlockOfLanes block) {
    std::uint8_t* tables = keys.scratch_.tables();
    std::uint8_t* place = tables + keys.done_;
    std::uint64_t j = keys.j_;
    Steps::Block stream{};
    block([&](auto row) __attribute__((always_inline)) {
      Steps::stream<kSideLane, row + 1, row>(tables, place, j, stream);
    });
    keys.j_ = j;
    Steps::apply(stream, keys.scratch_.key(kSideLane).data() + keys.done_);
    keys.done_ += kBlock;
    if (keys.done_ == keys.chain_.size()) keys.encrypted();
    return 1;
  }
};

void KeysAhead::run(std::span<const crypto::Rc4Job> jobs) {
  BesideLanes keys{*this};
  crypto::rc4::Group<BesideLanes::Steps, BesideLanes>(scratch_, jobs, keys).run();
}

void KeysAhead::make_one() {
  BesideLanes keys{*this};
  const std::size_t before = chain_.ahead();
  while (chain_.ahead() == before) {
    keys.beside(
        kTableSize, [](auto rows) __attribute__((always_inline)) { unrolled<kBlock>(rows); });
  }
}

#else

void KeysAhead::run(std::span<const crypto::Rc4Job>) { check(false); }
void KeysAhead::make_one() { check(false); }

#endif

}  // namespace upptpd::mppe
