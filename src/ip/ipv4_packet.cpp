#include "ip/ipv4_packet.hpp"

#include "core/check.hpp"
#include "core/reader.hpp"
#include "core/writer.hpp"
#include "ip/checksum.hpp"

namespace upptpd::ip {
namespace {

// Flags and fragment offset are one field; the offset counts eight octets.
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kFragmentOffset = 0x1fff;

constexpr std::size_t kChecksumOffset = 10;

}  // namespace

std::optional<Ipv4Packet> Ipv4Packet::parse(View packet) {
  Reader reader(packet);
  const std::uint8_t version_and_length = reader.u8();
  reader.skip(1);  // type of service
  Ipv4Packet parsed;
  parsed.header_length = std::size_t{4} * (version_and_length & 0xf);
  parsed.total_length = reader.u16();
  reader.skip(2);  // identification
  const std::uint16_t fragment = reader.u16();
  parsed.dont_fragment = (fragment & kDontFragment) != 0;
  parsed.more_fragments = (fragment & kMoreFragments) != 0;
  parsed.fragment_offset = static_cast<std::uint16_t>((fragment & kFragmentOffset) * 8);
  reader.skip(1);  // time to live
  parsed.protocol = reader.u8();
  reader.skip(2);  // checksum
  parsed.source = Ipv4Address(reader.u32());
  parsed.destination = Ipv4Address(reader.u32());
  const bool possible = version_and_length >> 4 == 4 && parsed.header_length >= 20 &&
                        parsed.total_length >= parsed.header_length &&
                        parsed.total_length <= packet.size();
  if (!reader.ok() || !possible) return {};
  return parsed;
}

std::array<std::uint8_t, 20> ipv4_header(std::uint8_t protocol, Ipv4Address source,
                                         Ipv4Address destination, std::size_t payload_size) {
  std::array<std::uint8_t, 20> header{};
  check(payload_size <= 0xffff - header.size());
  Writer writer(header);
  writer.u8(0x45);  // version 4, five words
  writer.zeros(1);  // type of service
  writer.u16(static_cast<std::uint16_t>(header.size() + payload_size));
  writer.zeros(2);  // identification
  writer.u16(kDontFragment);
  writer.u8(64);
  writer.u8(protocol);
  writer.zeros(2);
  writer.u32(source.value());
  writer.u32(destination.value());
  Writer(MutableView(header).subspan(kChecksumOffset, 2)).u16(internet_checksum(header));
  return header;
}

}  // namespace upptpd::ip
