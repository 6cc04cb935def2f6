#include "ip/arp_packet.hpp"

#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd::ip {
namespace {

constexpr std::uint16_t kEthernet = 1;
constexpr std::uint16_t kIpv4 = 0x0800;

}  // namespace

std::string to_string(const MacAddress& address) {
  std::string text;
  for (const std::uint8_t octet : address) {
    text += text.empty() ? "" : ":";
    text += to_hex(View(&octet, 1));
  }
  return text;
}

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------------------------------+-------------------------------+
// |       Hardware type (1)       |     Protocol type (0x0800)    |
// +---------------+---------------+-------------------------------+
// | HW length (6) | Pr length (4) |           Operation           |
// +---------------+---------------+-------------------------------+
// |                    Sender hardware address                    |
// +                               +-------------------------------+
// |                               |    Sender protocol address    |
// +-------------------------------+-------------------------------+
// |                               |                               |
// +-------------------------------+                               +
// |                    Target hardware address                    |
// +---------------------------------------------------------------+
// |                    Target protocol address                    |
// +---------------------------------------------------------------+
std::optional<ArpPacket> ArpPacket::parse(View packet) {
  Reader reader(packet);
  const bool known = reader.u16() == kEthernet && reader.u16() == kIpv4 &&
                     reader.u8() == MacAddress().size() && reader.u8() == sizeof(std::uint32_t);
  const std::uint16_t operation = reader.u16();
  ArpPacket parsed;
  parsed.operation = static_cast<Operation>(operation);
  parsed.sender_mac = reader.array<6>();
  parsed.sender = Ipv4Address(reader.u32());
  parsed.target_mac = reader.array<6>();
  parsed.target = Ipv4Address(reader.u32());
  if (!reader.ok() || !known || operation < 1 || operation > 2) return {};
  return parsed;
}

std::array<std::uint8_t, ArpPacket::kSize> ArpPacket::serialise() const {
  std::array<std::uint8_t, kSize> octets{};
  Writer writer(octets);
  writer.u16(kEthernet);
  writer.u16(kIpv4);
  writer.u8(MacAddress().size());
  writer.u8(sizeof(std::uint32_t));
  writer.u16(static_cast<std::uint16_t>(operation));
  writer.bytes(sender_mac);
  writer.u32(sender.value());
  writer.bytes(target_mac);
  writer.u32(target.value());
  return octets;
}

ArpPacket ArpPacket::probe(const MacAddress& ours, Ipv4Address address) {
  return {Operation::request, ours, {}, {}, address};
}

ArpPacket ArpPacket::announcement(const MacAddress& ours, Ipv4Address address) {
  return {Operation::request, ours, address, {}, address};
}

ArpPacket ArpPacket::reply_from(const MacAddress& ours) const {
  return {Operation::reply, ours, target, sender_mac, sender};
}

}  // namespace upptpd::ip
