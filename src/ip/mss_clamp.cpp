#include "ip/mss_clamp.hpp"

#include "core/reader.hpp"
#include "core/writer.hpp"
#include "ip/checksum.hpp"

namespace upptpd::ip {
namespace {

// In the TCP header:
//
//   12: | data offset (4 bits, in words) | reserved |   13: flags   14: window
//   16: checksum   18: urgent pointer   20: options
constexpr std::size_t kDataOffset = 12;
constexpr std::size_t kChecksum = 16;
constexpr std::size_t kOptions = 20;

// Options: a kind alone, or kind, length of all three, data.
constexpr std::uint8_t kEnd = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kMss = 2;
constexpr std::size_t kMssLength = 4;

std::uint16_t swapped(std::uint16_t word) {
  return static_cast<std::uint16_t>(word << 8 | word >> 8);
}

/// Writes `mss` at `offset` of the segment. A value that begins at an odd offset lies in two of the
/// words that the checksum adds up, its halves exchanged.
void replace_mss(MutableView segment, std::size_t offset, std::uint16_t before, std::uint16_t mss) {
  const bool odd = offset % 2 != 0;
  const std::uint16_t checksum = Reader(segment.subspan(kChecksum)).u16();
  Writer(segment.subspan(kChecksum))
      .u16(updated_checksum(checksum, odd ? swapped(before) : before, odd ? swapped(mss) : mss));
  Writer(segment.subspan(offset)).u16(mss);
}

}  // namespace

void lower_mss(MutableView packet, const Ipv4Packet& header, std::uint16_t most) {
  const MutableView segment =
      packet.subspan(header.header_length, header.total_length - header.header_length);
  const std::size_t size = std::size_t{4} * (segment[kDataOffset] >> 4);
  if (size < kOptions || size > segment.size()) return;
  Reader reader(segment.subspan(kOptions, size - kOptions));
  while (reader.left() > 0) {
    const std::uint8_t kind = reader.u8();
    if (kind == kEnd) return;
    if (kind == kNoOperation) continue;
    const std::size_t length = reader.u8();
    if (length < 2 || length - 2 > reader.left()) return;
    const std::size_t offset = size - reader.left();
    const View data = reader.bytes(length - 2);
    if (kind != kMss || length != kMssLength) continue;
    const std::uint16_t mss = Reader(data).u16();
    if (mss > most) replace_mss(segment, offset, mss, most);
  }
}

}  // namespace upptpd::ip
