#include "server/client_network.hpp"

#include "server/served_call.hpp"

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
      new ClientNetwork(services, request.mtu, std::move(*lease), std::move(*route)));
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
    if (const std::string why = obstacle(network, request.outer_peer); !why.empty()) {
      refuse(why);
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

/// Why the network cannot be behind this client, if anything: it is somewhere else.
std::string ClientNetwork::obstacle(const Ipv4Network& network, Ipv4Address outer_peer) const {
  const Ipv4Address local = services_.config.network.local_ip;
  if (network.contains(local)) return "it has the server's address in the tunnels";
  if (services_.addresses.overlaps(network)) return "it has addresses of a pool of clients";
  const std::string interface = services_.arp.interface_with(network);
  if (!interface.empty()) return "it is connected to the server, on " + interface;
  // The tunnels' own packets would go into this one.
  if (network.contains(outer_peer)) return "it has the address that the client calls from";
  bool calls_from_there = false;
  services_.sessions.for_each(
      [&](const ServedCall& call) { calls_from_there |= network.contains(call.peer()); });
  return calls_from_there ? "another client calls from there" : "";
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
