#include "server/client_network.hpp"

namespace upptpd::server {
namespace {

std::vector<Ipv4Network> networks_behind(const config::NetworkConfig& config,
                                         const ClientNetwork::Request& request) {
  std::vector<Ipv4Network> networks;
  const auto configured = config.client_routes.find(request.user);
  if (configured != config.client_routes.end()) networks = configured->second;
  if (const auto& words = request.entry.options.network) {
    networks.insert(networks.end(), words->routes.begin(), words->routes.end());
  }
  return networks;
}

}  // namespace

Result<std::unique_ptr<ClientNetwork>> ClientNetwork::take(Services& services,
                                                           const Request& request) {
  const config::NetworkConfig& config = services.config.network;
  auto lease = services.addresses.lease(
      {request.user, request.entry, request.fixed_addresses, request.outer_peer});
  if (!lease) return tl::unexpected<Error>(lease.error());
  auto route = services.netlink.add_route(config.interface, {lease->address(), 32}, config.local_ip,
                                          request.mtu);
  if (!route) return tl::unexpected<Error>(route.error());
  std::unique_ptr<ClientNetwork> taken(
      new ClientNetwork(services, std::move(*lease), std::move(*route)));
  taken->route_networks(request);
  return taken;
}

void ClientNetwork::route_networks(const Request& request) {
  const config::NetworkConfig& config = services_.config.network;
  for (const Ipv4Network& network : networks_behind(config, request)) {
    const auto refuse = [&](const std::string& reason) {
      services_.log.warn(observe::Line("client_route_refused")
                             .add("call", request.call.value())
                             .add("user", request.user)
                             .add("network", network.to_string())
                             .add("reason", reason));
    };
    // The tunnel's own packets would go into it.
    if (network.contains(request.outer_peer)) {
      refuse("it has the address that the client calls from");
      continue;
    }
    auto route =
        services_.netlink.add_route(config.interface, network, config.local_ip, request.mtu);
    if (!route) {
      refuse(route.error().message);
      continue;
    }
    behind_.push_back(network);
    routes_behind_.push_back(std::move(*route));
  }
}

ClientNetwork::~ClientNetwork() {
  for (const Ipv4Network& network : opened_) services_.sessions.remove_route(network);
}

void ClientNetwork::open(ServedCall& call, Instant now) {
  if (arp_) return;  // a link that was negotiated anew
  opened_.push_back({address(), 32});
  opened_.insert(opened_.end(), behind_.begin(), behind_.end());
  std::erase_if(opened_, [&](const Ipv4Network& network) {
    return !services_.sessions.add_route(network, call);
  });
  arp_.emplace(services_.arp.claim(address(), now));
}

}  // namespace upptpd::server
