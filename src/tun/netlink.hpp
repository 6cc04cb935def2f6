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

  /// Routes one host to the interface. Fails where such a route exists: it is not ours to replace.
  Result<HostRoute> add_host_route(const std::string& interface, Ipv4Address host,
                                   Ipv4Address preferred_source);

 private:
  friend class HostRoute;
  struct Free {
    void operator()(nl_sock* socket) const;
  };

  int change_route(int interface_index, Ipv4Address host, Ipv4Address source, bool add);

  std::unique_ptr<nl_sock, Free> socket_;
};

/// A route to one client, gone with its owner.
class HostRoute {
 public:
  HostRoute(HostRoute&& other) noexcept
      : netlink_(std::exchange(other.netlink_, nullptr)),
        interface_index_(other.interface_index_),
        host_(other.host_),
        source_(other.source_) {}
  HostRoute& operator=(HostRoute&&) = delete;
  ~HostRoute();

 private:
  friend class Netlink;
  HostRoute(Netlink& netlink, int interface_index, Ipv4Address host, Ipv4Address source)
      : netlink_(&netlink), interface_index_(interface_index), host_(host), source_(source) {}

  Netlink* netlink_;
  int interface_index_;
  Ipv4Address host_;
  Ipv4Address source_;
};

}  // namespace upptpd::tun
