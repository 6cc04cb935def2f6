#include "ip/checksum.hpp"

namespace upptpd::ip {
namespace {

std::uint16_t fold(std::uint64_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

std::uint16_t complement(std::uint16_t word) { return static_cast<std::uint16_t>(~word); }

}  // namespace

std::uint16_t ones_complement_sum(View octets, std::uint16_t sum) {
  std::uint64_t total = sum;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    total += i % 2 == 0 ? std::uint64_t{octets[i]} << 8 : octets[i];
  }
  return fold(total);
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
