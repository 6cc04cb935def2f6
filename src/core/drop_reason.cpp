#include "core/drop_reason.hpp"

namespace upptpd {

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::no_buffer:
      return "no_buffer";
    case DropReason::gre_queue_full:
      return "gre_queue_full";
    case DropReason::tun_queue_full:
      return "tun_queue_full";
    case DropReason::gre_truncated:
      return "gre_truncated";
    case DropReason::gre_version:
      return "gre_version";
    case DropReason::gre_protocol:
      return "gre_protocol";
    case DropReason::gre_unknown_call:
      return "gre_unknown_call";
    case DropReason::gre_wrong_peer:
      return "gre_wrong_peer";
    case DropReason::gre_duplicate:
      return "gre_duplicate";
    case DropReason::gre_late:
      return "gre_late";
    case DropReason::frame_malformed:
      return "frame_malformed";
    case DropReason::frame_protocol:
      return "frame_protocol";
    case DropReason::control_malformed:
      return "control_malformed";
    case DropReason::control_unexpected:
      return "control_unexpected";
    case DropReason::login_malformed:
      return "login_malformed";
    case DropReason::login_unexpected:
      return "login_unexpected";
    case DropReason::before_login:
      return "before_login";
    case DropReason::before_network:
      return "before_network";
    case DropReason::not_encrypted:
      return "not_encrypted";
    case DropReason::not_decryptable:
      return "not_decryptable";
    case DropReason::mppe_malformed:
      return "mppe_malformed";
    case DropReason::mppe_late:
      return "mppe_late";
    case DropReason::mppe_gap:
      return "mppe_gap";
    case DropReason::mppe_lost:
      return "mppe_lost";
    case DropReason::ip_malformed:
      return "ip_malformed";
    case DropReason::ip_source:
      return "ip_source";
    case DropReason::ip_destination:
      return "ip_destination";
    case DropReason::client_to_client:
      return "client_to_client";
    case DropReason::dhcp_refused:
      return "dhcp_refused";
    case DropReason::arp_conflict:
      return "arp_conflict";
    case DropReason::exceeds_peer_mru:
      return "exceeds_peer_mru";
    case DropReason::no_session:
      return "no_session";
    case DropReason::read_failed:
      return "read_failed";
    case DropReason::send_failed:
      return "send_failed";
    case DropReason::count_:
      break;
  }
  return "unknown";
}

std::string_view explain(DropReason reason) {
  switch (reason) {
    case DropReason::no_buffer:
      return "all packet buffers were in use";
    case DropReason::gre_queue_full:
      return "came faster than GRE could be taken";
    case DropReason::tun_queue_full:
      return "came faster than clients' packets went";
    case DropReason::gre_truncated:
      return "shorter than its GRE header says";
    case DropReason::gre_version:
      return "not the GRE version or flags of PPTP";
    case DropReason::gre_protocol:
      return "GRE that carries something else than PPP";
    case DropReason::gre_unknown_call:
      return "no such call, or one that has ended";
    case DropReason::gre_wrong_peer:
      return "not from the address that made the call";
    case DropReason::gre_duplicate:
      return "came twice";
    case DropReason::gre_late:
      return "came when its turn was over";
    case DropReason::frame_malformed:
      return "without a PPP protocol";
    case DropReason::frame_protocol:
      return "of a protocol that we do not speak";
    case DropReason::control_malformed:
      return "PPP control with impossible lengths";
    case DropReason::control_unexpected:
      return "PPP control out of turn";
    case DropReason::login_malformed:
      return "a login with impossible lengths";
    case DropReason::login_unexpected:
      return "a login out of turn";
    case DropReason::before_login:
      return "data before the login";
    case DropReason::before_network:
      return "data before the client had its address";
    case DropReason::not_encrypted:
      return "clear where encryption is required";
    case DropReason::not_decryptable:
      return "encrypted while encryption is off";
    case DropReason::mppe_malformed:
      return "not as encryption was agreed on";
    case DropReason::mppe_late:
      return "its encryption key is over";
    case DropReason::mppe_gap:
      return "its encryption key is too far ahead";
    case DropReason::mppe_lost:
      return "discarded until stateful keys start anew";
    case DropReason::ip_malformed:
      return "not an IPv4 packet";
    case DropReason::ip_source:
      return "not from the address the client was given";
    case DropReason::ip_destination:
      return "to where it may not go (allow=), or came from";
    case DropReason::client_to_client:
      return "to another client, which is not allowed";
    case DropReason::dhcp_refused:
      return "DHCP that is no question for settings";
    case DropReason::arp_conflict:
      return "a LAN host claims a client's address";
    case DropReason::exceeds_peer_mru:
      return "larger than the client takes";
    case DropReason::no_session:
      return "to an address that no client has";
    case DropReason::read_failed:
      return "the system did not give it";
    case DropReason::send_failed:
      return "the system did not take it";
    case DropReason::count_:
      break;
  }
  return {};
}

}  // namespace upptpd
