#include "ip/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace upptpd::ip {
namespace {

std::uint16_t fold(std::uint64_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

template <class Word>
Word load(View octets) {
  Word word;
  std::memcpy(&word, octets.data(), sizeof(word));
  return word;
}

std::uint16_t in_network_order(std::uint16_t word) {
  if constexpr (std::endian::native == std::endian::big) return word;
  return static_cast<std::uint16_t>(word << 8 | word >> 8);
}

std::uint16_t complement(std::uint16_t word) { return static_cast<std::uint16_t>(~word); }

}  // namespace

// Added up as the machine has them in memory: the sum is the same in any byte order, but for the
// order of its own octets (RFC 1071 section 2 (B)). Four sums of 64 bits, which do not wait for
// each other and which the compiler puts into vector registers.
std::uint16_t ones_complement_sum(View octets, std::uint16_t sum) {
  std::uint64_t sums[4]{};
  for (; octets.size() >= sizeof(sums); octets = octets.subspan(sizeof(sums))) {
    for (std::size_t i = 0; i < 4; ++i) {
      const auto words = load<std::uint64_t>(octets.subspan(8 * i));
      sums[i] += (words >> 32) + (words & 0xffffffff);
    }
  }
  std::uint64_t total = sums[0] + sums[1] + sums[2] + sums[3];
  for (; octets.size() >= 4; octets = octets.subspan(4)) total += load<std::uint32_t>(octets);
  if (octets.size() >= 2) {
    total += load<std::uint16_t>(octets);
    octets = octets.subspan(2);
  }
  if (!octets.empty()) total += load<std::uint16_t>(std::array<std::uint8_t, 2>{octets[0]});
  return fold(std::uint64_t{in_network_order(fold(total))} + sum);
}

std::uint16_t internet_checksum(View octets, std::uint16_t sum) {
  return complement(ones_complement_sum(octets, sum));
}

std::uint16_t pseudo_header_sum(Ipv4Address source, Ipv4Address destination, std::uint8_t protocol,
                                std::uint16_t length) {
  std::uint64_t total = std::uint64_t{protocol} + length;
  for (const std::uint32_t address : {source.value(), destination.value()}) {
    total += (address >> 16) + (address & 0xffff);
  }
  return fold(total);
}

std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before, std::uint16_t after) {
  return complement(
      fold(std::uint64_t{complement(checksum)} + complement(before) + std::uint64_t{after}));
}

}  // namespace upptpd::ip
