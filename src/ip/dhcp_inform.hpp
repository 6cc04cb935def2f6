// DHCPINFORM: what a client that has its address by IPCP asks for beside it; and DHCP that does not
// belong into a tunnel. RFC 2131 sections 3.4 and 4.4.3, RFC 2132.
#pragma once

#include <array>
#include <cstdint>

#include "core/bytes.hpp"
#include "core/ip_address.hpp"
#include "core/result.hpp"
#include "ip/ipv4_packet.hpp"

namespace upptpd::ip {

/// What the answer needs to know of a DHCPINFORM.
struct DhcpInform {
  // RFC 2131 section 2: every client takes 576. Ours stays below what a tunnel takes.
  static constexpr std::uint16_t kLeastSizeLimit = 576;
  static constexpr std::uint16_t kMostSizeLimit = 1200;

  Ipv4Address client;
  std::uint32_t transaction = 0;
  std::uint16_t flags = 0;
  std::uint8_t hardware_type = 0;
  std::uint8_t hardware_length = 0;
  std::array<std::uint8_t, 16> hardware_address{};
  /// Codes of the options that the client asks for.
  Bytes requested;
  /// Octets of the largest IP packet that the client takes for an answer, within the limits above.
  std::uint16_t size_limit = kLeastSizeLimit;
};

/// What a client's packet is that is no DHCPINFORM to us.
enum class NotInform : std::uint8_t {
  /// Not DHCP, or to another server: it passes.
  not_ours,
  /// What only DHCP servers say, to whomever: whatever goes to a DHCP client's port, and every
  /// BOOTREPLY. To be dropped.
  from_a_server,
  /// DHCPDISCOVER, DHCPREQUEST and the like. To be dropped, as the address comes from IPCP.
  other_request,
  /// A request to us that is malformed, in fragments, or for an address that is not the client's;
  /// or one whose options go on in the fields for names (option 52), which nobody needs who has so
  /// little to say. To be dropped.
  malformed
};

/// Whether a packet of the client's with the address `client` asks us, `server`, for settings.
/// `header` was parsed of `packet`.
Result<DhcpInform, NotInform> read_dhcp_inform(View packet, const Ipv4Packet& header,
                                               Ipv4Address client, Ipv4Address server);

}  // namespace upptpd::ip
