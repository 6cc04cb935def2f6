#include "ip/ipv4_packet.hpp"

#include "core/reader.hpp"

namespace upptpd::ip {

std::optional<Ipv4Packet> Ipv4Packet::parse(View packet) {
  Reader reader(packet);
  const std::uint8_t version_and_length = reader.u8();
  reader.skip(1);  // type of service
  Ipv4Packet parsed;
  parsed.header_length = std::size_t{4} * (version_and_length & 0xf);
  parsed.total_length = reader.u16();
  reader.skip(8);  // identification, fragment, time to live, protocol, checksum
  parsed.source = Ipv4Address(reader.u32());
  parsed.destination = Ipv4Address(reader.u32());
  const bool possible = version_and_length >> 4 == 4 && parsed.header_length >= 20 &&
                        parsed.total_length >= parsed.header_length &&
                        parsed.total_length <= packet.size();
  if (!reader.ok() || !possible) return {};
  return parsed;
}

}  // namespace upptpd::ip
