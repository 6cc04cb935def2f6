// A run of packets of one flow that the kernel takes as one, and which packet may join it: what
// Linux's GRO joins (inet_gro_receive, tcp_gro_receive, udp_gro_receive), so that cutting the run
// gives back the packets, but for identifications that mean nothing. RFC 791, RFC 9293, RFC 768,
// RFC 6864.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "core/bytes.hpp"
#include "core/ip_address.hpp"
#include "ip/header_layout.hpp"
#include "ip/ipv4_packet.hpp"
#include "ip/virtio_net_header.hpp"

namespace upptpd::ip {

/// Packets of a flow must stay in order.
struct Flow {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint32_t ports = 0;
  std::uint8_t protocol = 0;

  friend bool operator==(const Flow&, const Flow&) = default;
};

/// A packet whose flow can be told: whole, TCP or UDP, without IP options.
struct FlowPacket {
  View packet;
  Flow flow;
  /// Octets of the IP and transport headers.
  std::size_t headers_size = 0;
  /// Nothing about it, taken for itself, keeps it out of a run. Checksums have not been looked at.
  bool regular = false;

  /// `header` was parsed of `packet`. None if the flow cannot be told.
  static std::optional<FlowPacket> read(View packet, const Ipv4Packet& header);

  [[nodiscard]] View transport() const { return packet.subspan(ipv4::kLeastSize); }
  [[nodiscard]] View payload() const { return packet.subspan(headers_size); }
};

class PacketRun {
 public:
  /// UDP_MAX_SEGMENTS of Linux, before it became 128; also keeps a write within IOV_MAX.
  static constexpr std::size_t kMostPackets = 64;
  /// A virtio header and the headers of IPv4 without options and of TCP with all of them.
  static constexpr std::size_t kMostHeaders =
      VirtioNetHeader::kSize + ipv4::kLeastSize + tcp::kMostSize;

  /// Forgets the run before. Views into the packets stay here. `first` is regular.
  void begin(const FlowPacket& first);

  /// Whether cutting the run with `next` behind it, which is of the same flow, gives back the
  /// packets. Their checksums are right then: a wrong one must not be made right by cutting.
  [[nodiscard]] bool takes(const FlowPacket& next) const;
  /// For what it takes.
  void append(const FlowPacket& next);
  /// Whether nothing more can join, whatever comes.
  [[nodiscard]] bool complete() const { return complete_; }

  [[nodiscard]] const FlowPacket& first() const { return first_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<const View> payloads() const { return std::span(payloads_).first(size_); }
  /// What goes before the payloads of two packets or more: the virtio header, and the first
  /// packet's headers, with lengths and a partial checksum for all. Yields how many octets.
  std::size_t write_headers(std::span<std::uint8_t, kMostHeaders> space) const;

 private:
  [[nodiscard]] bool follows_identification(const FlowPacket& next) const;
  [[nodiscard]] bool follows_in_stream(const FlowPacket& next) const;
  void add(const FlowPacket& packet);
  [[nodiscard]] VirtioNetHeader virtio_header() const;

  FlowPacket first_;
  std::array<View, kMostPackets> payloads_;
  std::size_t size_ = 0;
  std::size_t payload_size_ = 0;
  /// All packets have the same identification.
  bool fixed_identification_ = false;
  bool push_ = false;
  bool complete_ = false;
};

}  // namespace upptpd::ip
