// What makes a client a host of the network: its address, the routes to it and to what is behind
// it, and who answers ARP for it. All of it is gone with the value.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "auth/secrets_file.hpp"
#include "server/address_pool.hpp"
#include "server/proxy_arp.hpp"
#include "server/services.hpp"
#include "tun/netlink.hpp"

namespace upptpd::server {

class ClientNetwork {
 public:
  struct Request {
    CallId call;
    const std::string& user;
    /// As for AddressPool::Request.
    const auth::SecretsEntry& entry;
    const std::set<Ipv4Address>& fixed_addresses;
    Ipv4Address outer_peer;
    /// Octets of the largest IP packet that the client takes.
    unsigned mtu;
  };

  /// An address, and the routes. A network behind the client that is routed elsewhere is left out,
  /// with a line in the log; without an address it fails, with the reason for the log.
  static Result<std::unique_ptr<ClientNetwork>> take(Services& services, const Request& request);
  ClientNetwork(const ClientNetwork&) = delete;
  ClientNetwork& operator=(const ClientNetwork&) = delete;
  ~ClientNetwork();

  /// Traffic may flow: packets to the client go to this call, and the LAN is told so.
  void open(ServedCall& call, Instant now);

  [[nodiscard]] Ipv4Address address() const { return lease_.address(); }
  /// As requested.
  [[nodiscard]] unsigned mtu() const { return mtu_; }
  /// Networks behind the client.
  [[nodiscard]] const std::vector<Ipv4Network>& behind() const { return behind_; }

 private:
  ClientNetwork(Services& services, unsigned mtu, Lease lease, tun::Route route)
      : services_(services), mtu_(mtu), lease_(std::move(lease)), route_(std::move(route)) {}
  void route_networks(const Request& request);
  [[nodiscard]] std::string obstacle(const Ipv4Network& network, Ipv4Address outer_peer) const;

  Services& services_;
  unsigned mtu_;
  Lease lease_;
  tun::Route route_;
  std::vector<Ipv4Network> behind_;
  std::vector<tun::Route> routes_behind_;
  /// In the session table.
  std::vector<Ipv4Network> opened_;
  std::optional<ArpClaim> arp_;
};

}  // namespace upptpd::server
