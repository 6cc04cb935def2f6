// What the phases of a PPP link have to say to its owner.
#pragma once

#include <optional>
#include <string>

#include "auth/login.hpp"
#include "core/drop_reason.hpp"
#include "ppp/ccp.hpp"
#include "ppp/ipcp.hpp"
#include "ppp/protocol.hpp"

namespace upptpd::session {

struct SendFrame {
  ppp::Protocol protocol;
  Bytes packet;
};
struct EncryptionUp {
  auth::KeyMaterial keys;
  ppp::EncryptionModes modes;
};
struct EncryptionDown {
  /// CCP is negotiated anew within the same login, which would start the same keys again.
  bool same_login = false;
};
/// The peer has lost packets, and waits for the stateful key to be flushed.
struct FlushEncryption {};
struct NetworkUp {
  std::string user;
  ppp::IpAssignment assignment;
  /// None: packets pass in clear, as policy and peer have it.
  std::optional<ppp::EncryptionModes> encryption;
};
struct NetworkDown {};
/// A control packet was of no use.
struct ControlDropped {
  DropReason reason;
};

}  // namespace upptpd::session
