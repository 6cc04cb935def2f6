#include "tun/netlink.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include <cerrno>
#include <cstring>

#include "core/owned.hpp"

namespace upptpd::tun {
namespace {

using OwnedAddress = Owned<nl_addr, nl_addr_put>;
using OwnedLink = Owned<rtnl_link, rtnl_link_put>;
using OwnedRoute = Owned<rtnl_route, rtnl_route_put>;
using OwnedInterfaceAddress = Owned<rtnl_addr, rtnl_addr_put>;

OwnedAddress address_of(Ipv4Address host) {
  const std::uint32_t octets = htonl(host.value());
  return OwnedAddress(nl_addr_build(AF_INET, &octets, sizeof(octets)));
}

tl::unexpected<Error> failure(const std::string& what, int code) {
  return fail(what + ": " + nl_geterror(code));
}

}  // namespace

Result<Netlink> Netlink::open() {
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected<Error>(socket.error());
  return Netlink(std::move(*socket));
}

Result<void> Netlink::configure(const std::string& interface, Ipv4Address address, unsigned mtu) {
  rtnl_link* found = nullptr;
  int code = socket_.ask(
      [&](nl_sock* socket) { return rtnl_link_get_kernel(socket, 0, interface.c_str(), &found); });
  const OwnedLink link(found);
  if (code < 0) return failure("cannot find the interface " + interface, code);

  const OwnedInterfaceAddress interface_address(rtnl_addr_alloc());
  const OwnedAddress local = address_of(address);
  rtnl_addr_set_ifindex(interface_address.get(), rtnl_link_get_ifindex(link.get()));
  rtnl_addr_set_local(interface_address.get(), local.get());
  code = socket_.ask(
      [&](nl_sock* socket) { return rtnl_addr_add(socket, interface_address.get(), 0); });
  if (code < 0) {
    return failure("cannot give " + interface + " the address " + address.to_string(), code);
  }
  // In this order: what comes up first gets an IPv6 address of its own, and sends router
  // solicitations to nobody.
  const OwnedLink no_ipv6(rtnl_link_alloc());
  rtnl_link_inet6_set_addr_gen_mode(no_ipv6.get(), rtnl_link_inet6_str2addrgenmode("none"));
  // Fails where there is no IPv6, which is as good.
  socket_.ask(
      [&](nl_sock* socket) { return rtnl_link_change(socket, link.get(), no_ipv6.get(), 0); });
  // An MTU that is too small for IPv6 takes it away, so that it comes after.
  const OwnedLink up(rtnl_link_alloc());
  rtnl_link_set_mtu(up.get(), mtu);
  rtnl_link_set_flags(up.get(), IFF_UP);
  code = socket_.ask(
      [&](nl_sock* socket) { return rtnl_link_change(socket, link.get(), up.get(), 0); });
  if (code < 0) return failure("cannot set up the interface " + interface, code);
  return {};
}

std::uint64_t Netlink::dropped(const std::string& interface) {
  rtnl_link* found = nullptr;
  const int code = socket_.ask(
      [&](nl_sock* socket) { return rtnl_link_get_kernel(socket, 0, interface.c_str(), &found); });
  const OwnedLink link(found);
  return code < 0 ? 0 : rtnl_link_get_stat(link.get(), RTNL_LINK_TX_DROPPED);
}

Result<Route> Netlink::add_route(const std::string& interface, Ipv4Network destination,
                                 Ipv4Address preferred_source, unsigned mtu) {
  const std::string what = "cannot route " + destination.to_string() + " to " + interface;
  const auto index = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (index == 0) return fail(what + ": " + std::strerror(errno));
  remove_left();
  const Entry route{index, destination, preferred_source, mtu};
  const int code = change(route, true);
  if (code >= 0) {
    routes_.push_back(route);
    return Route(*this, route);
  }
  // It may only be the kernel's answer that was lost.
  if (code != -NLE_EXIST) remove(route);
  return failure(what, code);
}

int Netlink::change(const Entry& route, bool add) {
  const OwnedRoute made(rtnl_route_alloc());
  const OwnedAddress destination = address_of(route.destination.address);
  nl_addr_set_prefixlen(destination.get(), static_cast<int>(route.destination.prefix_length));
  const OwnedAddress preferred = address_of(route.source);
  rtnl_route_set_family(made.get(), AF_INET);
  rtnl_route_set_scope(made.get(), RT_SCOPE_LINK);
  rtnl_route_set_dst(made.get(), destination.get());
  rtnl_route_set_pref_src(made.get(), preferred.get());
  rtnl_route_set_metric(made.get(), RTAX_MTU, route.mtu);
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  rtnl_route_nh_set_ifindex(hop, route.interface_index);
  rtnl_route_add_nexthop(made.get(), hop);  // owned by the route now
  return socket_.ask([&](nl_sock* socket) {
    return add ? rtnl_route_add(socket, made.get(), NLM_F_EXCL)
               : rtnl_route_delete(socket, made.get(), 0);
  });
}

void Netlink::remove(const Entry& route) {
  std::erase(routes_, route);
  left_.push_back(route);
  remove_left();
}

void Netlink::restore_routes() {
  bool all_there = true;
  for (const Entry& route : routes_) {
    const int code = change(route, true);
    // They are lost together.
    if (code == -NLE_EXIST && !some_missing_) return;
    if (code < 0 && code != -NLE_EXIST) all_there = false;
  }
  some_missing_ = !all_there;
}

void Netlink::remove_left() {
  std::erase_if(left_, [&](const Entry& route) {
    const int code = change(route, false);
    // Somebody else may have taken the route or the interface away.
    return code >= 0 || code == -NLE_OBJ_NOTFOUND || code == -NLE_NODEV;
  });
}

Route::~Route() {
  if (netlink_ != nullptr) netlink_->remove(route_);
}

}  // namespace upptpd::tun
