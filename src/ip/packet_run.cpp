#include "ip/packet_run.hpp"

#include <algorithm>

#include "ip/checksum.hpp"

namespace upptpd::ip {
namespace {

constexpr std::size_t kMostTotalLength = 0xffff;

/// Whether both have the same octets in [begin, end).
bool same(View one, View other, std::size_t begin, std::size_t end) {
  return std::ranges::equal(one.subspan(begin, end - begin), other.subspan(begin, end - begin));
}

std::uint8_t tcp_flags_but_push(View segment) {
  return segment[tcp::kFlags] & static_cast<std::uint8_t>(~tcp::kPsh);
}

bool pushes(const FlowPacket& packet) {
  return packet.flow.protocol == Ipv4Packet::kTcp &&
         (packet.transport()[tcp::kFlags] & tcp::kPsh) != 0;
}

// ECE is said in every packet until CWR comes (RFC 3168 section 6.1.3), so a run can have it.
bool is_regular_tcp(View segment) {
  const std::uint8_t flags = tcp_flags_but_push(segment);
  const bool reserved = (segment[tcp::kDataOffset] & 0x0f) != 0;
  return !reserved && (flags == tcp::kAck || flags == (tcp::kAck | tcp::kEce));
}

bool is_regular_udp(View datagram) {
  return u16_at(datagram, udp::kLength) == datagram.size() && u16_at(datagram, udp::kChecksum) != 0;
}

bool is_regular(View packet, View transport, std::uint8_t protocol) {
  if ((packet[ipv4::kFlags] & ipv4::kReservedFlag) != 0) return false;
  return protocol == Ipv4Packet::kTcp ? is_regular_tcp(transport) : is_regular_udp(transport);
}

// Whole headers but for lengths, identification, checksums, and what the flow has in it.
bool have_same_network_header(View one, View other) {
  return same(one, other, ipv4::kTypeOfService, ipv4::kTotalLength) &&
         same(one, other, ipv4::kFlags, ipv4::kTimeToLive + 1);
}

// The same but for the sequence number and PSH. First whether they are equally long, which is
// `size` octets of `one`.
bool have_same_tcp_header(View one, View other, std::size_t size) {
  return same(one, other, tcp::kAcknowledgment, tcp::kFlags) &&
         tcp_flags_but_push(one) == tcp_flags_but_push(other) &&
         same(one, other, tcp::kWindow, tcp::kChecksum) &&
         same(one, other, tcp::kUrgentPointer, size);
}

std::uint16_t sum_of_pseudo_header(const Flow& flow, std::size_t length) {
  return pseudo_header_sum(flow.source, flow.destination, flow.protocol,
                           static_cast<std::uint16_t>(length));
}

bool has_right_checksums(const FlowPacket& packet) {
  const View transport = packet.transport();
  return internet_checksum(packet.packet.first(ipv4::kLeastSize)) == 0 &&
         internet_checksum(transport, sum_of_pseudo_header(packet.flow, transport.size())) == 0;
}

}  // namespace

std::optional<FlowPacket> FlowPacket::read(View packet, const Ipv4Packet& header) {
  const bool fragment = header.more_fragments || header.fragment_offset != 0;
  if (header.header_length != ipv4::kLeastSize || fragment ||
      header.total_length != packet.size()) {
    return {};
  }
  const View transport = header.payload(packet);
  const auto size = transport_header_size(header.protocol, transport);
  if (!size) return {};
  FlowPacket read;
  read.packet = packet;
  read.flow = {header.source, header.destination, u32_at(transport, 0), header.protocol};
  read.headers_size = header.header_length + *size;
  read.regular = read.headers_size < packet.size() &&  // what acknowledges alone is no data
                 is_regular(packet, transport, header.protocol);
  return read;
}

void PacketRun::begin(const FlowPacket& first) {
  first_ = first;
  size_ = 0;
  payload_size_ = 0;
  fixed_identification_ = false;
  push_ = false;
  complete_ = false;
  add(first);
}

void PacketRun::add(const FlowPacket& packet) {
  const View payload = packet.payload();
  payloads_[size_++] = payload;
  payload_size_ += payload.size();
  push_ = pushes(packet);
  complete_ = push_ || payload.size() < first_.payload().size() || size_ == kMostPackets;
}

bool PacketRun::takes(const FlowPacket& next) const {
  const std::size_t size = next.payload().size();
  if (complete_ || !next.regular || size > first_.payload().size() ||
      first_.headers_size + payload_size_ + size > kMostTotalLength) {
    return false;
  }
  const bool matches = have_same_network_header(first_.packet, next.packet) &&
                       follows_identification(next) &&
                       (next.flow.protocol == Ipv4Packet::kUdp || follows_in_stream(next));
  // The first one's only now: as long as it is alone, it goes as it came.
  return matches && (size_ > 1 || has_right_checksums(first_)) && has_right_checksums(next);
}

// Counted up, as cutting does it; or the same in all, which only a packet that must not be
// fragmented may have, and where it means nothing (RFC 6864 section 4.1). The second packet decides
// which.
bool PacketRun::follows_identification(const FlowPacket& next) const {
  const auto distance = static_cast<std::uint16_t>(u16_at(next.packet, ipv4::kIdentification) -
                                                   u16_at(first_.packet, ipv4::kIdentification));
  if (size_ > 1) return distance == (fixed_identification_ ? 0 : size_);
  constexpr std::uint8_t kDontFragment = 0x40;
  const bool atomic = (first_.packet[ipv4::kFlags] & kDontFragment) != 0;
  return distance == 1 || (distance == 0 && atomic);
}

bool PacketRun::follows_in_stream(const FlowPacket& next) const {
  const std::uint32_t expected =
      u32_at(first_.transport(), tcp::kSequence) + static_cast<std::uint32_t>(payload_size_);
  return u32_at(next.transport(), tcp::kSequence) == expected &&
         have_same_tcp_header(first_.transport(), next.transport(),
                              first_.headers_size - ipv4::kLeastSize);
}

void PacketRun::append(const FlowPacket& next) {
  fixed_identification_ =
      u16_at(next.packet, ipv4::kIdentification) == u16_at(first_.packet, ipv4::kIdentification);
  add(next);
}

VirtioNetHeader PacketRun::virtio_header() const {
  const bool tcp = first_.flow.protocol == Ipv4Packet::kTcp;
  return {.flags = VirtioNetHeader::kNeedsChecksum,
          .gso_type = tcp ? VirtioNetHeader::kTcpOverIpv4 : VirtioNetHeader::kUdpDatagrams,
          .headers_size = static_cast<std::uint16_t>(first_.headers_size),
          .gso_size = static_cast<std::uint16_t>(first_.payload().size()),
          .checksum_start = ipv4::kLeastSize,
          .checksum_offset = static_cast<std::uint16_t>(checksum_offset(first_.flow.protocol))};
}

std::size_t PacketRun::write_headers(std::span<std::uint8_t, kMostHeaders> space) const {
  Writer writer(space);
  writer.bytes(virtio_header().serialise());
  writer.bytes(first_.packet.first(first_.headers_size));

  const std::size_t total = first_.headers_size + payload_size_;
  const MutableView network = space.subspan(VirtioNetHeader::kSize, ipv4::kLeastSize);
  set_u16(network, ipv4::kTotalLength, static_cast<std::uint16_t>(total));
  set_u16(network, ipv4::kChecksum, 0);
  set_u16(network, ipv4::kChecksum, internet_checksum(network));

  const MutableView transport = space.subspan(VirtioNetHeader::kSize + ipv4::kLeastSize);
  const std::size_t length = total - ipv4::kLeastSize;
  if (first_.flow.protocol == Ipv4Packet::kUdp) {
    set_u16(transport, udp::kLength, static_cast<std::uint16_t>(length));
  } else if (push_) {
    transport[tcp::kFlags] |= tcp::kPsh;
  }
  set_u16(transport, checksum_offset(first_.flow.protocol),
          sum_of_pseudo_header(first_.flow, length));
  return writer.size();
}

}  // namespace upptpd::ip
