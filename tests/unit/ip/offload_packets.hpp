// TCP and UDP packets with every field open to change, and flows of them.
#pragma once

#include <random>

#include "core/packet_buffer.hpp"
#include "ip/checksum.hpp"
#include "ip/header_layout.hpp"

namespace upptpd::ip {

inline std::uint16_t transport_sum(View packet) {
  const auto header = Ipv4Packet::parse(packet).value();
  const View transport = header.payload(packet);
  return ones_complement_sum(transport,
                             pseudo_header_sum(header.source, header.destination, header.protocol,
                                               static_cast<std::uint16_t>(transport.size())));
}

/// Writes the checksums of IP and of what is in it, as most senders do.
inline void write_checksums(Bytes& packet) {
  const MutableView all(packet);
  const auto header = Ipv4Packet::parse(packet).value();
  const MutableView network = all.first(header.header_length);
  const MutableView transport = all.subspan(header.header_length);
  const std::size_t field = checksum_offset(header.protocol);
  set_u16(network, ipv4::kChecksum, 0);
  set_u16(network, ipv4::kChecksum, internet_checksum(network));
  set_u16(transport, field, 0);
  const auto checksum = static_cast<std::uint16_t>(~transport_sum(packet));
  const bool udp = header.protocol == Ipv4Packet::kUdp;
  set_u16(transport, field, udp && checksum == 0 ? std::uint16_t{0xffff} : checksum);
}

inline bool checksums_are_right(View packet) {
  const auto header = Ipv4Packet::parse(packet).value();
  return internet_checksum(packet.first(header.header_length)) == 0 &&
         transport_sum(packet) == 0xffff;
}

inline Bytes pattern(std::size_t size, unsigned seed = 1) {
  std::minstd_rand dice(seed);
  Bytes octets(size);
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(dice() >> 8);
  return octets;
}

/// From 10.0.0.2, port 49152, to 192.0.2.1, port 443.
struct TestPacket {
  std::uint8_t protocol = Ipv4Packet::kTcp;
  Ipv4Address source{0x0a000002};
  Ipv4Address destination{0xc0000201};
  std::uint16_t source_port = 49152;
  std::uint16_t destination_port = 443;

  std::uint8_t type_of_service = 0;
  std::uint16_t identification = 1000;
  std::uint16_t fragment = 0x4000;  // must not be fragmented
  std::uint8_t time_to_live = 64;
  Bytes ip_options;

  std::uint32_t sequence = 0x10000000;
  std::uint32_t acknowledgment = 0x20000000;
  std::uint8_t reserved = 0;
  std::uint8_t flags = tcp::kAck;
  std::uint16_t window = 0xfaf0;
  std::uint16_t urgent = 0;
  Bytes tcp_options = from_hex("0101080a 00001111 00002222");  // timestamps

  Bytes payload = pattern(100);

  [[nodiscard]] Bytes octets() const {
    const bool is_tcp = protocol == Ipv4Packet::kTcp;
    const std::size_t network = ipv4::kLeastSize + ip_options.size();
    const std::size_t transport = is_tcp ? tcp::kLeastSize + tcp_options.size() : udp::kSize;
    Bytes packet(network + transport + payload.size());
    Writer writer(packet);
    writer.u8(static_cast<std::uint8_t>(0x40 | network / 4));
    writer.u8(type_of_service);
    writer.u16(static_cast<std::uint16_t>(packet.size()));
    writer.u16(identification);
    writer.u16(fragment);
    writer.u8(time_to_live);
    writer.u8(protocol);
    writer.zeros(2);
    writer.u32(source.value());
    writer.u32(destination.value());
    writer.bytes(ip_options);
    writer.u16(source_port);
    writer.u16(destination_port);
    if (is_tcp) {
      write_tcp(writer, transport);
    } else {
      writer.u16(static_cast<std::uint16_t>(transport + payload.size()));
      writer.zeros(2);
    }
    writer.bytes(payload);
    write_checksums(packet);
    return packet;
  }

  /// The one that goes on where this one ends.
  [[nodiscard]] TestPacket next() const {
    TestPacket next = *this;
    ++next.identification;
    next.sequence += static_cast<std::uint32_t>(payload.size());
    next.payload = pattern(payload.size(), next.identification);
    return next;
  }

 private:
  void write_tcp(Writer& writer, std::size_t size) const {
    writer.u32(sequence);
    writer.u32(acknowledgment);
    writer.u8(static_cast<std::uint8_t>(size / 4 << 4 | reserved));
    writer.u8(flags);
    writer.u16(window);
    writer.zeros(2);
    writer.u16(urgent);
    writer.bytes(tcp_options);
  }
};

inline TestPacket tcp_packet(std::size_t size = 100) {
  TestPacket packet;
  packet.payload = pattern(size);
  return packet;
}

inline TestPacket udp_packet(std::size_t size = 100) {
  TestPacket packet = tcp_packet(size);
  packet.protocol = Ipv4Packet::kUdp;
  return packet;
}

/// Two octets with which the packet's checksum comes out as zero.
inline Bytes payload_for_checksum_zero(TestPacket packet) {
  packet.payload = Bytes(2);
  const Bytes octets = packet.octets();
  const View checksum = View(octets).subspan(20 + checksum_offset(packet.protocol), 2);
  return {checksum.begin(), checksum.end()};
}

}  // namespace upptpd::ip
