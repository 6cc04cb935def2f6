// Addresses and routes, told to the kernel by netlink.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/ip_address.hpp"
#include "core/result.hpp"
#include "tun/netlink_socket.hpp"

namespace upptpd::tun {

class Route;

/// Must outlive its routes.
class Netlink {
 public:
  static Result<Netlink> open();

  /// Gives the interface its address (without a network behind it) and MTU, and sets it up.
  Result<void> configure(const std::string& interface, Ipv4Address address, unsigned mtu);

  /// Packets for the interface that the kernel has dropped because nobody took them; 0 where there
  /// is no such interface any more.
  std::uint64_t dropped(const std::string& interface);

  /// Routes a network or host to the interface; to what is larger than `mtu` octets the kernel
  /// answers "fragmentation needed". Fails where such a route exists: it is not ours to replace.
  Result<Route> add_route(const std::string& interface, Ipv4Network destination,
                          Ipv4Address preferred_source, unsigned mtu);
  /// Adds again what the kernel forgets, all at once, when an interface is set down.
  void restore_routes();

 private:
  friend class Route;
  explicit Netlink(NetlinkSocket socket) : socket_(std::move(socket)) {}

  struct Entry {
    int interface_index;
    Ipv4Network destination;
    Ipv4Address source;
    unsigned mtu;

    friend bool operator==(const Entry&, const Entry&) = default;
  };
  int change(const Entry& route, bool add);
  void remove(const Entry& route);
  void remove_left();

  NetlinkSocket socket_;
  std::vector<Entry> routes_;
  /// The last attempt to restore them did not restore all.
  bool some_missing_ = false;
  /// Those that are over, but could not be removed: they are with the next one that comes or goes.
  std::vector<Entry> left_;
};

/// A route, gone with its owner.
class Route {
 public:
  Route(Route&& other) noexcept
      : netlink_(std::exchange(other.netlink_, nullptr)), route_(other.route_) {}
  Route& operator=(Route&&) = delete;
  ~Route();

 private:
  friend class Netlink;
  Route(Netlink& netlink, const Netlink::Entry& route) : netlink_(&netlink), route_(route) {}

  Netlink* netlink_;
  Netlink::Entry route_;
};

}  // namespace upptpd::tun
