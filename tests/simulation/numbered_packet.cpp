#include "numbered_packet.hpp"

#include <algorithm>

#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd::simulation {
namespace {

constexpr std::size_t kIpHeader = 20;
/// Of an MRU of 1400, less what encryption takes.
constexpr std::size_t kLargest = 1396;

}  // namespace

Bytes numbered_packet(std::uint64_t number, Ipv4Address from, Ipv4Address to, Dice& dice) {
  Bytes packet(dice.between(kIpHeader + kMark.size() + sizeof(number), kLargest));
  dice.fill(packet);
  Writer writer(packet);
  writer.u32(0x45000000 | static_cast<std::uint32_t>(packet.size()));
  writer.zeros(4);
  writer.u32(0x40110000);
  writer.u32(from.value());
  writer.u32(to.value());
  writer.bytes(kMark);
  writer.u32(static_cast<std::uint32_t>(number >> 32));
  writer.u32(static_cast<std::uint32_t>(number));
  return packet;
}

std::optional<std::uint64_t> number_of(View packet) {
  Reader reader(packet);
  reader.skip(kIpHeader);
  const View mark = reader.bytes(kMark.size());
  const std::uint64_t high = reader.u32();
  const std::uint64_t number = high << 32 | reader.u32();
  if (!reader.ok() || !std::ranges::equal(mark, kMark)) return {};
  return number;
}

}  // namespace upptpd::simulation
