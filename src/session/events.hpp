// What happens in a session, as facts for the log, the counters and whoever else looks. The core
// logs nothing itself.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "auth/login.hpp"
#include "core/time.hpp"
#include "ppp/auth_method.hpp"
#include "ppp/ccp.hpp"
#include "ppp/ipcp.hpp"
#include "ppp/protocol.hpp"
#include "session/statistics.hpp"

namespace upptpd::session {

/// Why a session ended.
enum class Cause : std::uint8_t {
  hung_up,                  // by us, because our user wanted it
  peer_hung_up,             // LCP Terminate-Request or Call-Clear-Request
  control_connection_lost,  // its TCP connection went, or broke the protocol
  server_shut_down,
  kicked,         // by an administrator
  superseded,     // the same user logged in again
  lcp_no_answer,  // no answer to our Configure-Requests: GRE does not pass, most often
  lcp_not_converging,
  looped_back,             // our own packets come back
  authentication_refused,  // the client cannot log in the way that we require
  authentication_no_answer,
  authentication_failed,
  address_unavailable,  // no address is free, or none is permitted to this user
  address_refused,      // the client did not take the address that we gave
  encryption_refused,   // the client cannot encrypt as we require
  encryption_no_answer,
  encryption_lost,  // renegotiated after it was used, or the keys of both sides are apart
  network_refused,  // IPCP ended without an agreement
  setup_timeout,    // not connected within the time for all of it
  peer_silent       // no answer to LCP echoes
};

struct LinkEstablished {
  std::uint16_t peer_mru;
};
/// LCP Identification: the client's octets, mostly text such as MSRASV5.20 (RFC 1570).
struct PeerIdentified {
  std::string text;
};
/// It is known now, or known better, which client this is.
struct PeerRecognised {
  std::string client;    // "Windows 2000"
  std::string version;   // "MSRASV5.00", if it said so
  std::string computer;  // its name, if it said so
};
/// A PPP protocol that we don't speak was rejected.
struct ProtocolRejected {
  ppp::Protocol protocol;
};
/// The client cannot or will not log in as the server wants; `wanted` is what the other side named
/// last, empty if it named nothing that we know.
struct AuthenticationRefused {
  std::vector<ppp::AuthMethod> required;
  std::optional<ppp::AuthMethod> wanted;
  std::string raw;  // what it named, in hexadecimal
};
struct AuthenticationFailed {
  std::string name;  // as sent
  auth::LoginFailure failure;
  unsigned code;       // the error that its user sees
  std::string text{};  // what a server said to it, for a person
  bool may_try_again = false;
};
struct AuthenticationSucceeded {
  std::string user;
  ppp::AuthMethod method = ppp::AuthMethod::ms_chap_v2;
};
/// Challenged again, the client has shown its password again.
struct AuthenticationRenewed {};
/// Nobody was asked who he is, because the configuration wants it so.
struct AuthenticationSkipped {};
/// A user has chosen another password, and it is stored.
struct PasswordChanged {
  std::string user;
};
struct EncryptionStarted {
  ppp::EncryptionModes modes;
};
/// No agreement on encryption: the end where `policy` requires it, or where the client does.
struct EncryptionRefused {
  ppp::EncryptionPolicy policy;
  /// The MPPE bits that the client named last, if any (RFC 3078 section 2.1).
  std::optional<std::uint32_t> offered;
  /// The login left nothing to make keys of, so that nothing could be offered.
  bool no_keys = false;
};
struct AddressAssigned {
  Ipv4Address address;
};
struct AddressUnavailable {
  std::string why;
};
/// Traffic flows from now on.
struct Connected {
  std::string user;
  ppp::IpAssignment assignment;
  Duration setup;  // since the call was answered
  /// None: in clear.
  std::optional<ppp::EncryptionModes> encryption{};
};
/// The client sent a packet that it must not; the first one for each reason.
struct PacketRefused {
  DropReason reason;
  Ipv4Address source;
  Ipv4Address destination;
};
/// The client has asked by DHCPINFORM for settings; the first time.
struct SettingsTold {
  std::size_t routes = 0;
  std::size_t routes_left_out = 0;  // did not fit into what it takes
};
/// Traffic stops; the address is given back with Finished.
struct Disconnected {};
/// The client said why it ends: a RAS error number, as its user sees it (0: hang-up).
struct PeerTerminates {
  std::optional<std::uint32_t> ras_error;
  std::string text;
};
/// The last of a session's events.
struct Finished {
  Cause cause;
  std::string detail;  // what whoever ended it said, if anything
  Duration duration;
  bool was_connected;
  bool any_frame_received;
  Statistics statistics;
};

using Event =
    std::variant<LinkEstablished, PeerIdentified, PeerRecognised, ProtocolRejected,
                 AuthenticationRefused, AuthenticationFailed, AuthenticationSucceeded,
                 AuthenticationRenewed, AuthenticationSkipped, PasswordChanged, EncryptionStarted,
                 EncryptionRefused, AddressAssigned, AddressUnavailable, Connected, PacketRefused,
                 SettingsTold, Disconnected, PeerTerminates, Finished>;

}  // namespace upptpd::session
