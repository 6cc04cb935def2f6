// IPv4 packets to send through a tunnel.
#pragma once

#include <string>

#include "core/ip_address.hpp"
#include "core/writer.hpp"

namespace upptpd {

/// UDP of `size` octets with the header; the rest is `mark`, and no checksum is right.
inline Bytes ip_packet(const std::string& source, const std::string& destination,
                       std::size_t size = 60, std::uint8_t mark = 0) {
  Bytes packet(size, mark);
  Writer writer(packet);
  writer.u32(0x45000000 | static_cast<std::uint32_t>(size));
  writer.zeros(4);
  writer.u32(0x40110000);
  writer.u32(Ipv4Address::parse(source).value().value());
  writer.u32(Ipv4Address::parse(destination).value().value());
  return packet;
}

}  // namespace upptpd
