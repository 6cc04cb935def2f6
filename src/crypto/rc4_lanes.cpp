#include "crypto/rc4_lanes.hpp"

#include "core/check.hpp"

namespace upptpd::crypto {
namespace rc4 {
namespace {

constexpr auto kIdentity = [] {
  std::array<std::uint8_t, kTableSize> table{};
  for (std::size_t i = 0; i < kTableSize; ++i) table[i] = static_cast<std::uint8_t>(i);
  return table;
}();

}  // namespace

void Scratch::begin(std::size_t lane, View key) {
  std::ranges::copy(kIdentity, octets_.begin() + table_at(lane));
  check(key.size() == kKeySize || key.size() == kKeySize / 2);
  std::uint8_t* to = octets_.data() + key_at(lane);
  std::memcpy(to, key.data(), kKeySize / 2);
  std::memcpy(to + kKeySize / 2, key.data() + key.size() - kKeySize / 2, kKeySize / 2);
}

}  // namespace rc4

void Rc4Lanes::run(std::span<Rc4Job> jobs) {
#if defined(__x86_64__)
  if (features_.sse41) return run_by<rc4::Sse41Steps>(jobs);
#endif
  run_by<rc4::PortableSteps>(jobs);
}

template <typename Steps>
void Rc4Lanes::run_by(std::span<Rc4Job> jobs) {
  // Most batches are in order: whole segments, all alike.
  if (!std::ranges::is_sorted(jobs, longer)) std::ranges::sort(jobs, longer);
  // Groups as even as can be: nine jobs go faster as five and four than as eight and one.
  std::size_t groups = (jobs.size() + Steps::kMostLanes - 1) / Steps::kMostLanes;
  for (; groups > 0; --groups) {
    const auto group = jobs.first((jobs.size() + groups - 1) / groups);
    rc4::Alone alone;
    rc4::Group<Steps, rc4::Alone>(scratch_, group, alone).run();
    jobs = jobs.subspan(group.size());
  }
}

}  // namespace upptpd::crypto
