#include "crypto/sha1_lanes.hpp"

#include <algorithm>

#include "crypto/sha1.hpp"
#include "crypto/sha1_rounds.hpp"

namespace upptpd::crypto {
namespace {

void by_library(std::span<const Sha1Message> messages, std::span<Sha1First16> digests) {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    Sha1Digest digest = sha1({messages[i].contents()});
    std::copy_n(digest.begin(), digests[i].size(), digests[i].begin());
    wipe(digest);
  }
}

#if defined(__x86_64__)
void of_one(const Sha1Message& message, Sha1First16& digest) {
  Sha1State state;
  for (std::size_t number = 0; number < Sha1Message::kBlocks; ++number) {
    Sha1Block block(state, message.block(number));
    unrolled<Sha1Block::kSteps>([&](auto step)
                                    __attribute__((always_inline)) { block.step<step>(); });
  }
  state.first_16(digest.data());
}

// Two have room in the vector registers; more would not, and the SHA unit is busy with two.
void of_two(const Sha1Message* messages, Sha1First16* digests) {
  Sha1State states[2];
  for (std::size_t number = 0; number < Sha1Message::kBlocks; ++number) {
    Sha1Block first(states[0], messages[0].block(number));
    Sha1Block second(states[1], messages[1].block(number));
    unrolled<Sha1Block::kSteps>([&](auto step) __attribute__((always_inline)) {
      first.step<step>();
      second.step<step>();
    });
  }
  states[0].first_16(digests[0].data());
  states[1].first_16(digests[1].data());
}

void by_instructions(std::span<const Sha1Message> messages, std::span<Sha1First16> digests) {
  std::size_t done = 0;
  for (; done + 2 <= messages.size(); done += 2) of_two(&messages[done], &digests[done]);
  if (done < messages.size()) of_one(messages[done], digests[done]);
}
#endif

}  // namespace

void sha1_of_each(ProcessorFeatures features, std::span<const Sha1Message> messages,
                  std::span<Sha1First16> digests) {
#if defined(__x86_64__)
  if (features.sha) return by_instructions(messages, digests);
#endif
  by_library(messages, digests);
}

}  // namespace upptpd::crypto
