// Arbitrary packets, and arbitrary DHCP messages in good packets, from a client; and whether what
// is answered is a packet within its limits that says only what was asked for.
#include <algorithm>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "ip/checksum.hpp"
#include "ip/dhcp_answer.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::ip;

constexpr Ipv4Address kServer(0x0a000001);
constexpr Ipv4Address kClient(0x0a000002);
constexpr std::size_t kMessage = 20 + 8;
constexpr std::size_t kCiaddr = 12;

/// More or fewer of everything.
DhcpSettings settings(std::uint8_t choice) {
  DhcpSettings settings;
  settings.server = kServer;
  settings.dns.resize(choice % 3, Ipv4Address(0x0a000035));
  settings.wins.resize(choice / 3 % 3, Ipv4Address(0x0a00003c));
  settings.domain.resize(std::size_t{choice} % 5 * 63, 'x');
  for (unsigned i = 0; i < choice; ++i) {
    settings.routes.push_back({Ipv4Address(0xc0a80000 + i), i * choice % 33});
  }
  return settings;
}

std::size_t count_routes(View list) {
  Reader reader(list);
  std::size_t count = 0;
  for (; reader.left() > 0; ++count) {
    const std::size_t length = reader.u8();
    check(length <= 32);
    reader.skip((length + 7) / 8);
    check(reader.u32() == kServer.value() && reader.ok());
  }
  return count;
}

void check_options(View options, const DhcpInform& inform, std::size_t routes) {
  Reader reader(options);
  std::size_t counted[256]{};
  for (std::uint8_t code = reader.u8(); code != 255; code = reader.u8()) {
    const View data = reader.bytes(reader.u8());
    check(reader.ok() && !data.empty());
    const bool asked_for =
        std::find(inform.requested.begin(), inform.requested.end(), code) != inform.requested.end();
    if (code == 53) {
      check(data.size() == 1 && data[0] == 5);
    } else if (code == 54) {
      check(Reader(data).u32() == kServer.value());
    } else {
      check(asked_for &&
            (code == 6 || code == 15 || code == 44 || code == 46 || code == 121 || code == 249));
    }
    counted[code] += code == 121 || code == 249 ? count_routes(data) : 1;
  }
  check(reader.ok() && counted[53] == 1 && counted[54] == 1);
  for (const std::size_t code : {121U, 249U}) check(counted[code] == 0 || counted[code] == routes);
  for (const std::uint8_t octet : reader.rest()) check(octet == 0);
}

void check_answer(const DhcpInform& inform, std::uint8_t choice) {
  check(inform.client == kClient && inform.size_limit >= 576 && inform.size_limit <= 1200);
  const DhcpSettings told = settings(choice);
  const DhcpAnswer answer = answer_dhcp_inform(inform, told);
  check(answer.packet.size() >= 328 && answer.packet.size() <= inform.size_limit);
  const auto header = Ipv4Packet::parse(answer.packet);
  check(header && header->total_length == answer.packet.size());
  check(header->source == kServer && header->destination == kClient);
  check(ones_complement_sum(View(answer.packet).first(20)) == 0xffff);
  const View datagram = header->payload(answer.packet);
  check(Reader(datagram.subspan(4)).u16() == datagram.size());
  check(ones_complement_sum(
            datagram, pseudo_header_sum(kServer, kClient, Ipv4Packet::kUdp,
                                        static_cast<std::uint16_t>(datagram.size()))) == 0xffff);
  check(answer.routes_left_out <= told.routes.size());
  check_options(datagram.subspan(8 + 240), inform, told.routes.size() - answer.routes_left_out);
  // What we say is what no client may.
  const auto again = read_dhcp_inform(answer.packet, *header, kClient, kServer);
  check(!again && again.error() == NotInform::from_a_server);
}

void receive(const Bytes& packet, std::uint8_t choice) {
  const auto header = Ipv4Packet::parse(packet);
  if (!header) return;
  const auto inform = read_dhcp_inform(packet, *header, kClient, kServer);
  if (inform) check_answer(*inform, choice);
}

/// The message in a datagram of the client's to us, without a checksum, and with its own address.
Bytes packet_of(View message) {
  const std::size_t length = 8 + message.size();
  const auto header = ipv4_header(Ipv4Packet::kUdp, kClient, kServer, length);
  Bytes packet(header.begin(), header.end());
  packet.insert(packet.end(), {0, 68, 0, 67, static_cast<std::uint8_t>(length >> 8),
                               static_cast<std::uint8_t>(length & 0xff), 0, 0});
  packet.insert(packet.end(), message.begin(), message.end());
  if (message.size() >= kCiaddr + 4) {
    const Bytes client = {10, 0, 0, 2};
    std::copy(client.begin(), client.end(), packet.begin() + kMessage + kCiaddr);
  }
  return packet;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader(View(data, std::min<std::size_t>(size, 2048)));
  const std::uint8_t choice = reader.u8();
  const View input = reader.rest();
  receive({input.begin(), input.end()}, choice);
  receive(packet_of(input), choice);
  return 0;
}
