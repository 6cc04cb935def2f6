#include "ip/segmentation.hpp"

#include <algorithm>

#include "ip/checksum.hpp"
#include "ip/header_layout.hpp"

namespace upptpd::ip {
namespace {

/// Many packets of one flow as one.
struct LargePacket {
  Ipv4Packet network;
  /// IP and transport.
  View headers;
  View payload;
};

/// What `gso_type` cuts; 0 if we never asked the kernel for it.
std::uint8_t protocol_of(std::uint8_t gso_type) {
  constexpr std::uint8_t kTcpWithCwr = VirtioNetHeader::kTcpOverIpv4 | VirtioNetHeader::kWithCwr;
  if (gso_type == VirtioNetHeader::kUdpDatagrams) return Ipv4Packet::kUdp;
  const bool tcp = gso_type == VirtioNetHeader::kTcpOverIpv4 || gso_type == kTcpWithCwr;
  return tcp ? Ipv4Packet::kTcp : std::uint8_t{0};
}

/// None if it is not what the virtio header says.
std::optional<LargePacket> take_apart(const VirtioNetHeader& header, View packet,
                                      const Ipv4Packet& network) {
  const bool fragment = network.more_fragments || network.fragment_offset != 0;
  if (network.protocol != protocol_of(header.gso_type) || fragment || header.gso_size == 0) {
    return {};
  }
  const auto transport_size = transport_header_size(network.protocol, network.payload(packet));
  if (!transport_size) return {};
  // Where the flag is missing, the checksums are made all the same, as Linux does.
  const bool partial = (header.flags & VirtioNetHeader::kNeedsChecksum) != 0;
  if (partial && (header.checksum_start != network.header_length ||
                  header.checksum_offset != checksum_offset(network.protocol))) {
    return {};
  }
  const std::size_t headers_size = network.header_length + *transport_size;
  return LargePacket{network, packet.first(headers_size), packet.subspan(headers_size)};
}

/// Makes a whole checksum of one that has the sum of the pseudo header in its field.
void complete_checksum(MutableView covered, std::size_t offset, std::uint8_t protocol) {
  std::uint16_t checksum = internet_checksum(covered);
  // To UDP 0 says that there is none; both are zero in one's complement.
  if (protocol == Ipv4Packet::kUdp && checksum == 0) checksum = 0xffff;
  set_u16(covered, offset, checksum);
}

/// Sets what is another one's in the `index`-th packet.
void change_ipv4_header(MutableView packet, std::size_t header_length, std::size_t index) {
  const MutableView header = packet.first(header_length);
  const std::uint16_t first = u16_at(header, ipv4::kIdentification);
  set_u16(header, ipv4::kTotalLength, static_cast<std::uint16_t>(packet.size()));
  set_u16(header, ipv4::kIdentification, static_cast<std::uint16_t>(first + index));
  set_u16(header, ipv4::kChecksum, 0);
  set_u16(header, ipv4::kChecksum, internet_checksum(header));
}

/// `before` octets of payload lie before this segment's.
void change_tcp_header(MutableView segment, std::size_t before, bool last) {
  const std::uint32_t first = u32_at(segment, tcp::kSequence);
  set_u32(segment, tcp::kSequence, first + static_cast<std::uint32_t>(before));
  std::uint8_t& flags = segment[tcp::kFlags];
  // RFC 3168 section 6.1.2: CWR is said once. FIN and PSH belong to the end of the data.
  if (before != 0) flags &= static_cast<std::uint8_t>(~tcp::kCwr);
  if (!last) flags &= static_cast<std::uint8_t>(~(tcp::kFin | tcp::kPsh));
}

/// Makes the `index`-th packet of those with `most` octets of payload.
void write_packet(const LargePacket& large, std::size_t index, std::size_t most,
                  PacketBuffer& packet) {
  const std::size_t before = index * most;
  const std::size_t size = std::min(most, large.payload.size() - before);
  packet.resize(large.headers.size() + size);
  const MutableView whole = packet.view();
  Writer writer(whole);
  writer.bytes(large.headers);
  writer.bytes(large.payload.subspan(before, size));

  const Ipv4Packet& network = large.network;
  change_ipv4_header(whole, network.header_length, index);
  const MutableView transport = whole.subspan(network.header_length);
  const auto length = static_cast<std::uint16_t>(transport.size());
  if (network.protocol == Ipv4Packet::kTcp) {
    change_tcp_header(transport, before, before + size == large.payload.size());
  } else {
    set_u16(transport, udp::kLength, length);
  }
  const std::size_t checksum = checksum_offset(network.protocol);
  set_u16(transport, checksum,
          pseudo_header_sum(network.source, network.destination, network.protocol, length));
  complete_checksum(transport, checksum, network.protocol);
}

Segmented cut(const LargePacket& large, std::size_t most, PacketPool& pool, PacketBatch& packets) {
  const std::size_t count = std::max<std::size_t>(1, (large.payload.size() + most - 1) / most);
  for (std::size_t index = 0; index < count; ++index) {
    Packet packet = pool.take();
    if (!packet) return {index, count - index};
    write_packet(large, index, most, *packet);
    packets.push_back(std::move(packet));
  }
  return {count, 0};
}

/// Whether the checksum that is left to us lies behind the IP header and in the packet.
bool can_be_completed(const VirtioNetHeader& header, const Ipv4Packet& network) {
  const std::size_t field = std::size_t{header.checksum_start} + header.checksum_offset;
  return header.checksum_start >= network.header_length && field + 2 <= network.total_length;
}

Result<Segmented, NotSegmentable> copy(const VirtioNetHeader& header, View whole,
                                       const Ipv4Packet& network, PacketPool& pool,
                                       PacketBatch& packets) {
  const bool partial = (header.flags & VirtioNetHeader::kNeedsChecksum) != 0;
  if (partial && !can_be_completed(header, network)) return fail_with(NotSegmentable::malformed);
  Packet packet = pool.take();
  if (!packet) return Segmented{0, 1};
  check(packet->assign(whole));
  if (partial) {
    complete_checksum(packet->view().subspan(header.checksum_start), header.checksum_offset,
                      network.protocol);
  }
  packets.push_back(std::move(packet));
  return Segmented{1, 0};
}

}  // namespace

Result<Segmented, NotSegmentable> segment(const VirtioNetHeader& header, View packet,
                                          std::size_t mtu, PacketPool& pool, PacketBatch& packets) {
  const auto network = Ipv4Packet::parse(packet);
  if (!network) return fail_with(NotSegmentable::not_ip);
  packet = packet.first(network->total_length);
  const std::size_t limit = std::min(mtu, PacketBuffer::kRoom);
  if (header.gso_type == VirtioNetHeader::kNoGso) {
    if (packet.size() > limit) return fail_with(NotSegmentable::too_large);
    return copy(header, packet, *network, pool, packets);
  }
  const auto large = take_apart(header, packet, *network);
  if (!large) return fail_with(NotSegmentable::malformed);
  const std::size_t most = std::min<std::size_t>(header.gso_size, large->payload.size());
  if (large->headers.size() + most > limit) return fail_with(NotSegmentable::too_large);
  return cut(*large, header.gso_size, pool, packets);
}

}  // namespace upptpd::ip
