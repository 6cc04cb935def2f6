// The interface of a call that we dialled: its address, its MTU, and the routes through it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ppp/ipcp.hpp"
#include "tun/netlink.hpp"

namespace upptpd::client {

class TunnelInterface {
 public:
  /// For a TUN device of that name. `networks` lie behind the server. Fails with what to do about
  /// it, before anybody is called.
  static Result<TunnelInterface> open(const std::string& name, std::vector<Ipv4Network> networks);

  /// Brings it up as the server wants it; `server` is its outer address. Once: a link negotiated
  /// anew must not change anything. What is left out all the same is added to `warnings`.
  Result<void> bring_up(const ppp::IpAssignment& given, Ipv4Address server, unsigned mtu,
                        std::vector<std::string>& warnings);

 private:
  TunnelInterface(std::string name, std::vector<Ipv4Network> networks, tun::Netlink netlink)
      : name_(std::move(name)),
        networks_(std::move(networks)),
        netlink_(std::make_unique<tun::Netlink>(std::move(netlink))) {}

  Result<void> route(Ipv4Network network, Ipv4Address source, unsigned mtu);

  struct Settings {
    Ipv4Address client;
    unsigned mtu;
  };

  std::string name_;
  std::vector<Ipv4Network> networks_;
  /// The routes know it by its address.
  std::unique_ptr<tun::Netlink> netlink_;
  std::vector<tun::Route> routes_;
  std::optional<Settings> settings_;
};

}  // namespace upptpd::client
