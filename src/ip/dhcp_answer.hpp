// The answer to a DHCPINFORM: name servers, domain and routes for a client in the tunnel. RFC 2131
// section 4.3.5, RFC 2132, RFC 3442 (routes), RFC 3396 (long options).
#pragma once

#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/ip_address.hpp"
#include "ip/dhcp_inform.hpp"

namespace upptpd::ip {

/// What clients are told. Of what is empty they are told nothing.
struct DhcpSettings {
  /// Our address in the tunnel, and so the gateway of all routes.
  Ipv4Address server;
  std::vector<Ipv4Address> dns;
  std::vector<Ipv4Address> wins;
  std::string domain;
  std::vector<Ipv4Network> routes;
};

struct DhcpAnswer {
  /// IP, UDP and DHCP.
  Bytes packet;
  /// How many routes are in it, none if the client did not ask for any.
  std::size_t routes = 0;
  /// How many more, counted from the last, did not fit into what the client takes. As many as fit
  /// are sent; if it asked for both their codes, the same under each.
  std::size_t routes_left_out = 0;
};

/// The DHCPACK: of what the client has asked for, what there is and fits. More than 255 octets of
/// routes go into several options of the same code (RFC 3396), each of whole routes, so
/// that a client which takes each for itself understands them too.
DhcpAnswer answer_dhcp_inform(const DhcpInform& inform, const DhcpSettings& settings);

}  // namespace upptpd::ip
