// Answers ARP requests for addresses of clients, so that the hosts of a LAN find them here; asks
// for addresses, too. RFC 826, RFC 1027, RFC 5227. Leaves nothing in the kernel: when this goes,
// nobody answers any more.
#pragma once

#include <functional>
#include <unordered_set>
#include <vector>

#include "core/ip_address.hpp"
#include "core/result.hpp"
#include "ip/arp_packet.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::tun {

/// A LAN on which we answer.
struct ArpInterface {
  int index = 0;
  ip::MacAddress mac{};
  /// Its subnets, if the address has to be in one of them to be answered for.
  std::vector<Ipv4Network> subnets;
  bool any_address = false;

  [[nodiscard]] bool serves(Ipv4Address address) const;
};

class ArpResponder {
 public:
  /// Needs CAP_NET_RAW. One socket serves all interfaces, so that one which comes later needs no
  /// capability.
  static Result<ArpResponder> open();

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  /// Where to answer from now on. Claimed addresses are announced where they were not served.
  void set_interfaces(std::vector<ArpInterface> interfaces);
  /// Whether some interface serves it.
  [[nodiscard]] bool serves(Ipv4Address address) const;

  /// Answers for this address from now on, and tells the LAN so at once.
  void claim(Ipv4Address address);
  void release(Ipv4Address address) { claimed_.erase(address); }
  [[nodiscard]] bool claims(Ipv4Address address) const { return claimed_.contains(address); }
  /// Tells the LAN once more that the address is here.
  void announce(Ipv4Address address) const;
  /// Asks whether a host has the address; a `Sighting` comes if so.
  void probe(Ipv4Address address) const;

  /// Somebody else on an interface says that he has an address which that interface serves, or asks
  /// whether he may take it.
  struct Sighting {
    Ipv4Address address;
    ip::MacAddress mac;
    int interface = 0;
  };
  /// Answers what is waiting, at most kBurst packets; returns what was seen.
  static constexpr int kBurst = 64;
  std::vector<Sighting> receive();

 private:
  explicit ArpResponder(net::FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] const ArpInterface* interface_of(int index) const;
  void send(const ArpInterface& interface, const ip::ArpPacket& packet,
            const ip::MacAddress& to) const;
  void for_each_serving(Ipv4Address address,
                        const std::function<void(const ArpInterface&)>& visit) const;

  net::FileDescriptor descriptor_;
  std::vector<ArpInterface> interfaces_;
  std::unordered_set<Ipv4Address> claimed_;
};

}  // namespace upptpd::tun
