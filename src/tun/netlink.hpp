// Addresses and routes, told to the kernel by netlink.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/ip_address.hpp"
#include "core/result.hpp"

struct nl_sock;

namespace upptpd::tun {

class HostRoute;

/// Must outlive its routes.
class Netlink {
 public:
  static Result<Netlink> open();

  /// Gives the interface its address (without a network behind it) and MTU, and sets it up.
  Result<void> configure(const std::string& interface, Ipv4Address address, unsigned mtu);

  /// Routes one host to the interface; to what is larger than `mtu` octets the kernel answers
  /// "fragmentation needed". Fails where such a route exists: it is not ours to replace.
  Result<HostRoute> add_host_route(const std::string& interface, Ipv4Address host,
                                   Ipv4Address preferred_source, unsigned mtu);

 private:
  friend class HostRoute;
  struct Free {
    void operator()(nl_sock* socket) const;
  };

  struct Route {
    int interface_index;
    Ipv4Address host;
    Ipv4Address source;
    unsigned mtu;
  };
  int change(const Route& route, bool add);

  std::unique_ptr<nl_sock, Free> socket_;
};

/// A route to one client, gone with its owner.
class HostRoute {
 public:
  HostRoute(HostRoute&& other) noexcept
      : netlink_(std::exchange(other.netlink_, nullptr)), route_(other.route_) {}
  HostRoute& operator=(HostRoute&&) = delete;
  ~HostRoute();

 private:
  friend class Netlink;
  HostRoute(Netlink& netlink, const Netlink::Route& route) : netlink_(&netlink), route_(route) {}

  Netlink* netlink_;
  Netlink::Route route_;
};

}  // namespace upptpd::tun
