#include "core/drop_reason.hpp"

namespace upptpd {

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::no_buffer:
      return "no_buffer";
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
    case DropReason::ip_malformed:
      return "ip_malformed";
    case DropReason::ip_source:
      return "ip_source";
    case DropReason::exceeds_peer_mru:
      return "exceeds_peer_mru";
    case DropReason::no_session:
      return "no_session";
    case DropReason::send_failed:
      return "send_failed";
    case DropReason::count_:
      break;
  }
  return "unknown";
}

}  // namespace upptpd
