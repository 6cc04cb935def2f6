#include "ip/dhcp_inform.hpp"

#include <algorithm>
#include <optional>

#include "core/reader.hpp"
#include "ip/checksum.hpp"
#include "ip/dhcp_format.hpp"

namespace upptpd::ip {
namespace {

using namespace dhcp;

constexpr Ipv4Address kBroadcast(0xffffffff);

struct Options {
  std::uint8_t message_type = 0;
  Bytes requested;
  std::uint16_t size_limit = 0;
};

/// False if it is one that makes the message malformed.
bool read_option(std::uint8_t code, View data, Options& options) {
  switch (code) {
    case kMessageType:
      options.message_type = Reader(data).u8();
      return data.size() == 1;
    case kRequested:
      options.requested.insert(options.requested.end(), data.begin(), data.end());
      return true;
    case kSizeLimit:
      options.size_limit = Reader(data).u16();
      return data.size() == 2;
    case kOverload:
      return false;
    default:
      return true;
  }
}

std::optional<Options> read_options(Reader& reader) {
  Options options;
  while (reader.left() > 0) {
    const std::uint8_t code = reader.u8();
    if (code == kEnd) return options;
    if (code == kPad) continue;
    const View data = reader.bytes(reader.u8());
    if (!reader.ok() || !read_option(code, data, options)) return {};
  }
  return {};  // no end
}

Result<DhcpInform, NotInform> read_message(View message, Ipv4Address client) {
  Reader reader(message);
  DhcpInform inform;
  const bool request = reader.u8() == kBootRequest;
  inform.hardware_type = reader.u8();
  inform.hardware_length = reader.u8();
  reader.skip(1);  // hops
  inform.transaction = reader.u32();
  reader.skip(2);  // seconds
  inform.flags = reader.u16();
  inform.client = Ipv4Address(reader.u32());
  reader.skip(8);  // yiaddr, siaddr
  const bool relayed = reader.u32() != 0;
  inform.hardware_address = reader.array<16>();
  reader.skip(kNamesSize);
  const bool has_cookie = reader.u32() == kCookie;
  const bool possible =
      request && has_cookie && inform.hardware_length <= inform.hardware_address.size();
  const auto options = read_options(reader);
  if (!possible || !options || options->message_type == 0) return fail_with(NotInform::malformed);
  if (options->message_type != kInform) return fail_with(NotInform::other_request);
  if (inform.client != client || relayed) return fail_with(NotInform::malformed);
  inform.requested = options->requested;
  inform.size_limit =
      std::clamp(options->size_limit, DhcpInform::kLeastSizeLimit, DhcpInform::kMostSizeLimit);
  return inform;
}

/// What a UDP datagram carries, if all of it is there and as it was sent.
std::optional<View> open_datagram(View datagram, const Ipv4Packet& header) {
  Reader reader(datagram);
  reader.skip(4);  // ports
  const std::uint16_t length = reader.u16();
  const bool has_checksum = reader.u16() != 0;
  if (length < kUdpHeaderSize || length > datagram.size()) return {};
  datagram = datagram.first(length);
  const std::uint16_t pseudo_header =
      pseudo_header_sum(header.source, header.destination, Ipv4Packet::kUdp, length);
  if (has_checksum && internet_checksum(datagram, pseudo_header) != 0) return {};
  return datagram.subspan(kUdpHeaderSize);
}

}  // namespace

Result<DhcpInform, NotInform> read_dhcp_inform(View packet, const Ipv4Packet& header,
                                               Ipv4Address client, Ipv4Address server) {
  const View datagram = header.payload(packet);
  const bool has_ports = header.protocol == Ipv4Packet::kUdp && header.fragment_offset == 0 &&
                         datagram.size() >= kUdpHeaderSize;
  if (!has_ports) return fail_with(NotInform::not_ours);
  const std::uint16_t port = Reader(datagram.subspan(2)).u16();
  if (port == kClientPort) return fail_with(NotInform::from_a_server);
  if (port != kServerPort) return fail_with(NotInform::not_ours);
  // Before the destination: a reply could come in fragments too, to a relay agent.
  if (header.more_fragments) return fail_with(NotInform::malformed);
  if (Reader(datagram.subspan(kUdpHeaderSize)).u8() == kBootReply) {
    return fail_with(NotInform::from_a_server);
  }
  if (header.destination != kBroadcast && header.destination != server) {
    return fail_with(NotInform::not_ours);
  }
  const bool header_intact = internet_checksum(packet.first(header.header_length)) == 0;
  const auto message = open_datagram(datagram, header);
  if (!header_intact || !message) return fail_with(NotInform::malformed);
  auto inform = read_message(*message, client);
  if (inform && header.source != client) return fail_with(NotInform::malformed);
  return inform;
}

}  // namespace upptpd::ip
