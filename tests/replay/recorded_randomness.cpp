#include "recorded_randomness.hpp"

#include "core/writer.hpp"

namespace upptpd::replay {

void RecordedRandomness::fill(MutableView out) {
  Writer writer(out);
  if (!challenge_.empty() && out.size() == challenge_.size()) {
    writer.bytes(challenge_);
    challenge_.clear();
  } else if (magic_ && out.size() == sizeof(*magic_)) {
    writer.u32(*magic_);
    magic_.reset();
  } else {
    const std::uint32_t number = counter_++;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(number >> 8 * (i % 4));
    }
  }
}

}  // namespace upptpd::replay
