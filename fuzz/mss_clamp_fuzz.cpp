// Arbitrary packets past the MSS clamp: nothing changes but a maximum segment size and the
// checksum, which is as right as it was.
#include <algorithm>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "ip/checksum.hpp"
#include "ip/mss_clamp.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::ip;

constexpr std::size_t kChecksum = 16;
constexpr std::size_t kOptions = 20;

std::uint16_t sum(View segment, const Ipv4Packet& header) {
  return ones_complement_sum(segment,
                             pseudo_header_sum(header.source, header.destination, Ipv4Packet::kTcp,
                                               static_cast<std::uint16_t>(segment.size())));
}

/// The two packets differ only where they may: in the checksum, and in values after "MSS, four
/// octets" that have become `most`.
void check_differences(View before, View after, std::size_t segment, std::uint16_t most) {
  std::size_t at = 0;
  while (at < before.size()) {
    const bool in_checksum = at == segment + kChecksum || at == segment + kChecksum + 1;
    if (before[at] == after[at] || in_checksum) {
      ++at;
      continue;
    }
    // The first octet of a value, or its second where the first stays.
    const std::size_t value = before[at - 1] == 4 && before[at - 2] == 2 ? at : at - 1;
    check(value >= segment + kOptions + 2 && before[value - 2] == 2 && before[value - 1] == 4);
    check(Reader(before.subspan(value)).u16() > most);
    check(Reader(after.subspan(value)).u16() == most);
    at = value + 2;
  }
}

void clamp_and_check(Bytes packet, std::uint16_t most) {
  const auto header = Ipv4Packet::parse(packet);
  if (!header) return;
  const Bytes before = packet;
  clamp_mss(packet, *header, most);
  const Bytes once = packet;
  if (!opens_tcp_connection(before, *header)) check(once == before);
  check_differences(before, once, header->header_length, most);
  if (once != before) {
    check(sum(header->payload(before), *header) % 0xffff ==
          sum(header->payload(once), *header) % 0xffff);
  }
  clamp_mss(packet, *header, most);
  check(packet == once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader(View(data, std::min<std::size_t>(size, 2048)));
  const std::uint16_t most = reader.u16();
  const View packet = reader.rest();
  clamp_and_check({packet.begin(), packet.end()}, most);
  return 0;
}
