#include "tun/arp_responder.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace upptpd::tun {
namespace {

constexpr ip::MacAddress kBroadcast = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/// Lets requests and replies for IPv4 on Ethernet pass, without what is behind them.
constexpr sock_filter kFilter[] = {
    {BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},            // hardware and protocol type
    {BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0x00010800},  // Ethernet, IPv4
    {BPF_LD | BPF_W | BPF_ABS, 0, 0, 4},            // lengths and operation
    {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0x06040001},  // request
    {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0x06040002},  // reply
    {BPF_RET | BPF_K, 0, 0, ip::ArpPacket::kSize}, {BPF_RET | BPF_K, 0, 0, 0},
};

sockaddr_ll link_address(int interface) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ARP);
  address.sll_ifindex = interface;
  return address;
}

Result<void> set_up(int descriptor) {
  sock_fprog program{static_cast<unsigned short>(std::size(kFilter)),
                     const_cast<sock_filter*>(kFilter)};
  const int yes = 1;
  const sockaddr_ll everywhere = link_address(0);
  const bool done =
      ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 &&
      ::setsockopt(descriptor, SOL_SOCKET, SO_LOCK_FILTER, &yes, sizeof(yes)) == 0 &&
      ::setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) == 0 &&
      ::bind(descriptor, reinterpret_cast<const sockaddr*>(&everywhere), sizeof(everywhere)) == 0;
  if (!done) return fail(std::string("cannot set up a socket for ARP: ") + std::strerror(errno));
  return {};
}

}  // namespace

bool ArpInterface::serves(Ipv4Address address) const {
  return any_address || std::ranges::any_of(subnets, [&](const Ipv4Network& subnet) {
           return subnet.contains(address);
         });
}

Result<ArpResponder> ArpResponder::open() {
  // Without a protocol until the filter is there.
  net::FileDescriptor descriptor(::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor.valid()) {
    const bool forbidden = errno == EPERM || errno == EACCES;
    return fail("cannot open a socket for ARP: " +
                (forbidden ? std::string("this needs the capability CAP_NET_RAW; start as root, "
                                         "or with that capability")
                           : std::string(std::strerror(errno))));
  }
  if (auto done = set_up(descriptor.get()); !done) return tl::unexpected<Error>(done.error());
  return ArpResponder(std::move(descriptor));
}

void ArpResponder::set_interfaces(std::vector<ArpInterface> interfaces) {
  const auto before = std::exchange(interfaces_, std::move(interfaces));
  for (const Ipv4Address address : claimed_) {
    for_each_serving(address, [&](const ArpInterface& interface) {
      const bool served = std::ranges::any_of(before, [&](const ArpInterface& earlier) {
        return earlier.index == interface.index && earlier.mac == interface.mac &&
               earlier.serves(address);
      });
      if (!served) {
        send(interface, ip::ArpPacket::announcement(interface.mac, address), kBroadcast);
      }
    });
  }
}

bool ArpResponder::serves(Ipv4Address address) const {
  return std::ranges::any_of(
      interfaces_, [&](const ArpInterface& interface) { return interface.serves(address); });
}

void ArpResponder::claim(Ipv4Address address) {
  claimed_.insert(address);
  announce(address);
}

void ArpResponder::announce(Ipv4Address address) const {
  for_each_serving(address, [&](const ArpInterface& interface) {
    send(interface, ip::ArpPacket::announcement(interface.mac, address), kBroadcast);
  });
}

void ArpResponder::probe(Ipv4Address address) const {
  for_each_serving(address, [&](const ArpInterface& interface) {
    send(interface, ip::ArpPacket::probe(interface.mac, address), kBroadcast);
  });
}

std::vector<ArpResponder::Sighting> ArpResponder::receive() {
  std::vector<Sighting> sightings;
  for (int taken = 0; taken < kBurst; ++taken) {
    std::array<std::uint8_t, ip::ArpPacket::kSize> octets{};
    sockaddr_ll from{};
    socklen_t size = sizeof(from);
    const ssize_t received = ::recvfrom(descriptor(), octets.data(), octets.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &size);
    // An interface that has gone down says so here, once.
    if (received < 0 && errno != EAGAIN) continue;
    if (received < 0) break;
    // To another host, and what is tagged for a VLAN that has no interface here.
    if (from.sll_pkttype == PACKET_OTHERHOST) continue;
    const ArpInterface* interface = interface_of(from.sll_ifindex);
    const auto packet =
        ip::ArpPacket::parse(View(octets).first(static_cast<std::size_t>(received)));
    if (interface == nullptr || !packet || packet->sender_mac == interface->mac) continue;
    // Who asks for an address without having one means to take it (RFC 5227 section 2.1.1).
    const bool wants_it =
        packet->operation == ip::ArpPacket::Operation::request && packet->sender.is_unspecified();
    const Ipv4Address its_own = wants_it ? packet->target : packet->sender;
    const bool answered = wants_it && claims(its_own);
    if (interface->serves(its_own) && !answered) {
      sightings.push_back({its_own, packet->sender_mac, interface->index});
    }
    const bool asks_for_ours = packet->operation == ip::ArpPacket::Operation::request &&
                               claims(packet->target) && interface->serves(packet->target);
    if (asks_for_ours && packet->sender != packet->target) {
      send(*interface, packet->reply_from(interface->mac), packet->sender_mac);
    }
  }
  return sightings;
}

const ArpInterface* ArpResponder::interface_of(int index) const {
  const auto found = std::ranges::find(interfaces_, index, &ArpInterface::index);
  return found == interfaces_.end() ? nullptr : &*found;
}

void ArpResponder::send(const ArpInterface& interface, const ip::ArpPacket& packet,
                        const ip::MacAddress& to) const {
  sockaddr_ll address = link_address(interface.index);
  address.sll_halen = static_cast<unsigned char>(to.size());
  std::ranges::copy(to, address.sll_addr);
  const auto octets = packet.serialise();
  // Lost, it is like any other that gets lost: who asked asks again.
  ::sendto(descriptor(), octets.data(), octets.size(), MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

void ArpResponder::for_each_serving(Ipv4Address address,
                                    const std::function<void(const ArpInterface&)>& visit) const {
  for (const ArpInterface& interface : interfaces_) {
    if (interface.serves(address)) visit(interface);
  }
}

}  // namespace upptpd::tun
