// Which client this is, by what it tells of itself and how. The evidence for each row is in
// docs/protocol-notes.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace upptpd::session {

/// What a client has shown so far.
struct ClientTraits {
  /// From its Start-Control-Connection-Request, up to the first NUL.
  std::string vendor{};
  std::uint16_t firmware = 0;
  /// LCP Identification: "MSRASV5.20" and the computer's name.
  std::string version{};
  std::string computer{};
  bool ccp_request_seen = false;
  /// What that asked for (MppeBits), if it had the option at all.
  std::optional<std::uint32_t> mppe_bits{};
  /// Whether that offered LZS compression beside it.
  bool offers_lzs = false;
};

/// What cannot be the rule for everyone.
struct ClientQuirks {
  /// Answers a CCP Reset-Ack with a Code-Reject.
  bool wants_no_reset_ack = false;
};

/// "Windows 2000", "pptp-linux"; the vendor's own words for one that is not known, empty for one
/// that says nothing.
std::string name_of(const ClientTraits& traits);
ClientQuirks quirks_of(const ClientTraits& traits);

/// What an LCP Identification says (RFC 1570 section 2.1), added to the traits: Windows sends its
/// version, then "MSRAS-0-" and its name, then a GUID. False if it says nothing that we know.
bool note_identification(ClientTraits& traits, View text);
/// The first Configure-Request among CCP's packets. False for any other packet.
bool note_ccp_request(ClientTraits& traits, View packet);

}  // namespace upptpd::session
