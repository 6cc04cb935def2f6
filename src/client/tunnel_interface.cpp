#include "client/tunnel_interface.hpp"

#include <utility>

namespace upptpd::client {

Result<TunnelInterface> TunnelInterface::open(const std::string& name,
                                              std::vector<Ipv4Network> networks) {
  auto netlink = tun::Netlink::open();
  if (!netlink) return tl::unexpected(netlink.error());
  return TunnelInterface(name, std::move(networks), std::move(*netlink));
}

Result<void> TunnelInterface::bring_up(const ppp::IpAssignment& given, Ipv4Address server,
                                       unsigned mtu, std::vector<std::string>& warnings) {
  if (settings_) {
    if (settings_->client == given.client && settings_->mtu <= mtu) return {};
    return fail("the server gave us another address or packet size in the middle of the call");
  }
  if (given.client == server) {
    return fail("the server gave us its own address, " + server.to_string() +
                ": nothing would reach it any more");
  }
  if (auto done = netlink_->configure(name_, given.client, mtu); !done) return done;
  settings_ = Settings{given.client, mtu};
  if (given.local == server) {
    warnings.push_back(
        "the server's address in the tunnel is the one that we call: not routed "
        "into the tunnel");
  } else if (!given.local.is_unspecified()) {
    // Another tunnel may lead to a server that calls itself the same.
    const auto done = route({given.local, 32}, given.client, mtu);
    if (!done) warnings.push_back(done.error().message);
  }
  for (const Ipv4Network& network : networks_) {
    if (network.contains(server)) {
      warnings.push_back(network.to_string() +
                         " is not routed into the tunnel: the way to the server itself is there");
    } else if (auto done = route(network, given.client, mtu); !done) {
      return done;
    }
  }
  return {};
}

Result<void> TunnelInterface::route(Ipv4Network network, Ipv4Address source, unsigned mtu) {
  auto added = netlink_->add_route(name_, network, source, mtu);
  if (!added) return tl::unexpected(added.error());
  routes_.push_back(std::move(*added));
  return {};
}

}  // namespace upptpd::client
