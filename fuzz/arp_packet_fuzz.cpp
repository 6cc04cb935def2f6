// What anybody on the LAN can send: an ARP packet that is understood is written the same again, and
// what is said about it is understood.
#include <algorithm>

#include "core/check.hpp"
#include "ip/arp_packet.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::ip;

constexpr MacAddress kOurs{2, 0, 0, 0, 0, 1};

void check_understood(const ArpPacket& packet) {
  check(ArpPacket::parse(packet.serialise()) == packet);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  const auto packet = ArpPacket::parse(input);
  if (!packet) return 0;
  check(std::ranges::equal(packet->serialise(), input.first(ArpPacket::kSize)));
  const ArpPacket reply = packet->reply_from(kOurs);
  check_understood(reply);
  check(reply.sender == packet->target && reply.target == packet->sender);
  check_understood(ArpPacket::probe(kOurs, packet->target));
  check_understood(ArpPacket::announcement(kOurs, packet->target));
  return 0;
}
