#include "ip/dhcp_answer.hpp"

#include <algorithm>
#include <optional>

#include "core/writer.hpp"
#include "ip/checksum.hpp"
#include "ip/dhcp_format.hpp"

namespace upptpd::ip {
namespace {

using namespace dhcp;

constexpr std::size_t kUdpChecksumOffset = 6;
constexpr std::size_t kLeastMessageSize = 300;  // RFC 1542 section 2.1
constexpr std::uint8_t kHybridNode = 8;         // asks WINS first, then everybody

/// The options of an answer, as far as there is room for them.
class AnswerOptions {
 public:
  explicit AnswerOptions(std::size_t room) : room_(room) {}

  /// Adds to the option of that code what must not be taken apart. False, and nothing done, if it
  /// does not fit. All of one option comes together.
  bool add(std::uint8_t code, View item) {
    const bool goes_on =
        !bytes_.empty() && bytes_[last_] == code && data_size() + item.size() <= 255;
    if (item.size() > 255 || bytes_.size() + (goes_on ? 0 : 2) + item.size() > room_) return false;
    if (!goes_on) {
      last_ = bytes_.size();
      bytes_.insert(bytes_.end(), {code, 0});
    }
    bytes_[last_ + 1] = static_cast<std::uint8_t>(data_size() + item.size());
    bytes_.insert(bytes_.end(), item.begin(), item.end());
    return true;
  }
  bool add(std::uint8_t code, std::uint8_t value) { return add(code, View(&value, 1)); }
  bool add(std::uint8_t code, Ipv4Address address) {
    std::uint8_t octets[4];
    Writer(octets).u32(address.value());
    return add(code, octets);
  }

  [[nodiscard]] std::size_t room_left() const { return room_ - bytes_.size(); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  [[nodiscard]] std::size_t data_size() const { return bytes_[last_ + 1]; }

  std::size_t room_;
  Bytes bytes_;
  std::size_t last_ = 0;  // where the last option begins
};

/// RFC 3442: the length of the prefix, as many octets of the network as that covers, the gateway.
Bytes encoded(const Ipv4Network& route, Ipv4Address gateway) {
  Bytes bytes(1 + (route.prefix_length + 7) / 8 + 4);
  Writer writer(bytes);
  writer.u8(static_cast<std::uint8_t>(route.prefix_length));
  for (unsigned bit = 0; bit < route.prefix_length; bit += 8) {
    writer.u8(static_cast<std::uint8_t>((route.address.value() & route.mask()) >> (24 - bit)));
  }
  writer.u32(gateway.value());
  return bytes;
}

/// How many of the routes fit into options that take `room` octets.
std::size_t routes_that_fit(const DhcpSettings& settings, std::size_t room) {
  AnswerOptions options(room);
  const auto first_left_out = std::ranges::find_if(settings.routes, [&](const Ipv4Network& route) {
    return !options.add(kRoutes, encoded(route, settings.server));
  });
  return static_cast<std::size_t>(first_left_out - settings.routes.begin());
}

bool asks_for(const DhcpInform& inform, std::uint8_t code) {
  return std::ranges::find(inform.requested, code) != inform.requested.end();
}

/// How many; none if the client does not ask for any.
std::optional<std::size_t> add_routes(AnswerOptions& options, const DhcpInform& inform,
                                      const DhcpSettings& settings) {
  Bytes codes;
  for (const std::uint8_t code : {kRoutes, kMicrosoftRoutes}) {
    if (asks_for(inform, code)) codes.push_back(code);
  }
  if (codes.empty()) return {};
  const std::size_t count = routes_that_fit(settings, options.room_left() / codes.size());
  for (const std::uint8_t code : codes) {
    for (std::size_t i = 0; i < count; ++i) {
      options.add(code, encoded(settings.routes[i], settings.server));
    }
  }
  return count;
}

void add_servers(AnswerOptions& options, const DhcpInform& inform, const DhcpSettings& settings) {
  if (asks_for(inform, kDns)) {
    for (const Ipv4Address server : settings.dns) options.add(kDns, server);
  }
  if (asks_for(inform, kDomain) && !settings.domain.empty()) {
    options.add(kDomain, as_view(settings.domain));
  }
  if (asks_for(inform, kWins)) {
    for (const Ipv4Address server : settings.wins) options.add(kWins, server);
  }
  if (asks_for(inform, kNetbiosNodeType) && !settings.wins.empty()) {
    options.add(kNetbiosNodeType, kHybridNode);
  }
}

Bytes write_message(const DhcpInform& inform, const Bytes& options) {
  Bytes message(std::max(kFixedSize + options.size() + 1, kLeastMessageSize));  // padded with zeros
  Writer writer(message);
  writer.u8(kBootReply);
  writer.u8(inform.hardware_type);
  writer.u8(inform.hardware_length);
  writer.zeros(1);  // hops
  writer.u32(inform.transaction);
  writer.zeros(2);  // seconds
  writer.u16(inform.flags);
  writer.u32(inform.client.value());
  writer.zeros(12);  // yiaddr, siaddr, giaddr
  writer.bytes(inform.hardware_address);
  writer.zeros(kNamesSize);
  writer.u32(kCookie);
  writer.bytes(options);
  writer.u8(kEnd);
  return message;
}

Bytes write_packet(Ipv4Address server, Ipv4Address client, const Bytes& message) {
  const std::size_t length = kUdpHeaderSize + message.size();
  const auto header = ipv4_header(Ipv4Packet::kUdp, server, client, length);
  Bytes packet(header.size() + length);
  Writer writer(packet);
  writer.bytes(header);
  writer.u16(kServerPort);
  writer.u16(kClientPort);
  writer.u16(static_cast<std::uint16_t>(length));
  writer.zeros(2);
  writer.bytes(message);
  const MutableView datagram = MutableView(packet).subspan(header.size());
  const std::uint16_t checksum = internet_checksum(
      datagram,
      pseudo_header_sum(server, client, Ipv4Packet::kUdp, static_cast<std::uint16_t>(length)));
  // RFC 768: 0 would say that there is none.
  Writer(datagram.subspan(kUdpChecksumOffset)).u16(checksum == 0 ? 0xffff : checksum);
  return packet;
}

}  // namespace

DhcpAnswer answer_dhcp_inform(const DhcpInform& inform, const DhcpSettings& settings) {
  constexpr std::size_t kHeaders = 20 + kUdpHeaderSize + kFixedSize;
  AnswerOptions options(inform.size_limit - kHeaders - 1);  // the end takes one
  options.add(kMessageType, kAck);
  options.add(kServerIdentifier, settings.server);
  add_servers(options, inform, settings);
  const auto routes = add_routes(options, inform, settings);
  return {write_packet(settings.server, inform.client, write_message(inform, options.bytes())),
          routes.value_or(0), routes ? settings.routes.size() - *routes : 0};
}

}  // namespace upptpd::ip
