#include "tun/interface_watch.hpp"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "core/owned.hpp"

namespace upptpd::tun {
namespace {

using OwnedCache = Owned<nl_cache, nl_cache_free>;
using OwnedLink = Owned<rtnl_link, rtnl_link_put>;

/// Calls `visit` with each object of a cache.
template <class Object, class Visitor>
void for_each(nl_cache* cache, Visitor visit) {
  for (nl_object* each = nl_cache_get_first(cache); each != nullptr;
       each = nl_cache_get_next(each)) {
    visit(reinterpret_cast<Object*>(each));  // how libnl's types are made
  }
}

std::optional<ip::MacAddress> mac_of(rtnl_link* link) {
  constexpr unsigned kUp = IFF_UP | IFF_RUNNING;
  const unsigned flags = rtnl_link_get_flags(link);
  const nl_addr* address = rtnl_link_get_addr(link);
  ip::MacAddress mac{};
  if (rtnl_link_get_arptype(link) != ARPHRD_ETHER || (flags & kUp) != kUp ||
      (flags & IFF_NOARP) != 0 || address == nullptr || nl_addr_get_len(address) != mac.size()) {
    return {};
  }
  std::memcpy(mac.data(), nl_addr_get_binary_addr(address), mac.size());
  return mac;
}

/// A port of a bridge or a bond: what arrives there is the master's.
bool has_master(rtnl_link* link, nl_cache* links) {
  const OwnedLink master(rtnl_link_get(links, rtnl_link_get_master(link)));
  const char* kind = master ? rtnl_link_get_type(master.get()) : nullptr;
  const std::string_view name = kind != nullptr ? kind : "";
  return name == "bridge" || name == "bond" || name == "team";
}

std::vector<NetworkInterface> from_links(nl_cache* links) {
  std::vector<NetworkInterface> interfaces;
  for_each<rtnl_link>(links, [&](rtnl_link* link) {
    const auto mac = has_master(link, links) ? std::nullopt : mac_of(link);
    interfaces.push_back({rtnl_link_get_ifindex(link), rtnl_link_get_name(link), {}, mac});
  });
  return interfaces;
}

void add_addresses(std::vector<NetworkInterface>& interfaces, nl_cache* addresses) {
  for_each<rtnl_addr>(addresses, [&](rtnl_addr* address) {
    nl_addr* local = rtnl_addr_get_local(address);
    if (rtnl_addr_get_family(address) != AF_INET || local == nullptr) return;
    std::uint32_t octets = 0;
    if (nl_addr_get_len(local) != sizeof(octets)) return;
    std::memcpy(&octets, nl_addr_get_binary_addr(local), sizeof(octets));
    for (NetworkInterface& interface : interfaces) {
      if (interface.index != rtnl_addr_get_ifindex(address)) continue;
      interface.addresses.push_back({Ipv4Address(ntohl(octets)), nl_addr_get_prefixlen(local)});
    }
  });
}

}  // namespace

void InterfaceWatch::Free::operator()(nl_sock* socket) const { nl_socket_free(socket); }

Result<InterfaceWatch> InterfaceWatch::open() {
  auto questions = NetlinkSocket::open();
  if (!questions) return tl::unexpected<Error>(questions.error());
  Socket notifications(nl_socket_alloc());
  int code = nl_connect(notifications.get(), NETLINK_ROUTE);
  if (code == 0) {
    code = nl_socket_add_memberships(notifications.get(), RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, 0);
  }
  if (code == 0) code = nl_socket_set_nonblocking(notifications.get());
  if (code < 0) return fail(std::string("cannot watch the interfaces: ") + nl_geterror(code));
  InterfaceWatch watch(std::move(*questions), std::move(notifications));
  if (const auto known = watch.update(); !known) return tl::unexpected<Error>(known.error());
  return watch;
}

int InterfaceWatch::descriptor() const { return nl_socket_get_fd(notifications_.get()); }

// What the notifications say is in the kernel's answer as well. An error says that one got lost,
// and is over with that: what is behind it makes the socket readable again.
void InterfaceWatch::drain() {
  std::array<std::uint8_t, 64> ignored{};
  while (::recv(descriptor(), ignored.data(), ignored.size(), MSG_DONTWAIT) >= 0) {
  }
}

Result<bool> InterfaceWatch::update() {
  drain();
  nl_cache* links = nullptr;
  nl_cache* addresses = nullptr;
  const int code = questions_.ask([&](nl_sock* socket) {
    const int failed = rtnl_link_alloc_cache(socket, AF_UNSPEC, &links);
    return failed < 0 ? failed : rtnl_addr_alloc_cache(socket, &addresses);
  });
  const OwnedCache owned_links(links);
  const OwnedCache owned_addresses(addresses);
  if (code < 0) return fail(std::string("cannot ask for the interfaces: ") + nl_geterror(code));
  std::vector<NetworkInterface> now = from_links(links);
  add_addresses(now, addresses);
  std::swap(interfaces_, now);
  return interfaces_ != now;
}

}  // namespace upptpd::tun
