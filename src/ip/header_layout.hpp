// Where the fields are that segmentation and coalescing read and change, in octets from the
// beginning of each header. RFC 791 section 3.1, RFC 9293 section 3.1, RFC 768.
#pragma once

#include <optional>

#include "core/reader.hpp"
#include "core/writer.hpp"
#include "ip/ipv4_packet.hpp"

namespace upptpd::ip {

namespace ipv4 {
inline constexpr std::size_t kLeastSize = 20;
inline constexpr std::size_t kTypeOfService = 1;
inline constexpr std::size_t kTotalLength = 2;
inline constexpr std::size_t kIdentification = 4;
inline constexpr std::size_t kFlags = 6;  // with the fragment offset
inline constexpr std::size_t kTimeToLive = 8;
inline constexpr std::size_t kChecksum = 10;
inline constexpr std::uint8_t kReservedFlag = 0x80;
}  // namespace ipv4

namespace tcp {
inline constexpr std::size_t kLeastSize = 20;
inline constexpr std::size_t kMostSize = 60;
inline constexpr std::size_t kSequence = 4;
inline constexpr std::size_t kAcknowledgment = 8;
inline constexpr std::size_t kDataOffset = 12;  // in words, in the upper half
inline constexpr std::size_t kFlags = 13;
inline constexpr std::size_t kWindow = 14;
inline constexpr std::size_t kChecksum = 16;
inline constexpr std::size_t kUrgentPointer = 18;

inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kPsh = 0x08;
inline constexpr std::uint8_t kAck = 0x10;
inline constexpr std::uint8_t kEce = 0x40;
inline constexpr std::uint8_t kCwr = 0x80;
}  // namespace tcp

namespace udp {
inline constexpr std::size_t kSize = 8;
inline constexpr std::size_t kLength = 4;
inline constexpr std::size_t kChecksum = 6;
}  // namespace udp

/// Octets of the TCP or UDP header at the beginning of `segment`; none if it is not all there, or
/// the protocol is another one.
inline std::optional<std::size_t> transport_header_size(std::uint8_t protocol, View segment) {
  std::size_t size = udp::kSize;
  if (protocol == Ipv4Packet::kTcp) {
    if (segment.size() < tcp::kLeastSize) return {};
    size = std::size_t{4} * (segment[tcp::kDataOffset] >> 4);
    if (size < tcp::kLeastSize) return {};
  } else if (protocol != Ipv4Packet::kUdp) {
    return {};
  }
  if (size > segment.size()) return {};
  return size;
}

/// Where the checksum is in the header of TCP or, otherwise, UDP.
constexpr std::size_t checksum_offset(std::uint8_t protocol) {
  return protocol == Ipv4Packet::kTcp ? tcp::kChecksum : udp::kChecksum;
}

// Fields of headers that are known to be there.
inline std::uint16_t u16_at(View header, std::size_t offset) {
  return Reader(header.subspan(offset)).u16();
}
inline std::uint32_t u32_at(View header, std::size_t offset) {
  return Reader(header.subspan(offset)).u32();
}
inline void set_u16(MutableView header, std::size_t offset, std::uint16_t value) {
  Writer(header.subspan(offset)).u16(value);
}
inline void set_u32(MutableView header, std::size_t offset, std::uint32_t value) {
  Writer(header.subspan(offset)).u32(value);
}

}  // namespace upptpd::ip
