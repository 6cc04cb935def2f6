// One recorded call: its control messages and PPP packets, and what both sides agreed on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/ms_chap_v2.hpp"
#include "capture.hpp"
#include "core/tagged.hpp"
#include "core/time.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/ipcp.hpp"
#include "ppp/option.hpp"
#include "ppp/protocol.hpp"

namespace upptpd::replay {

struct RecordedPacket {
  bool from_client = false;
  /// Seconds since the capture began.
  double time = 0;
  std::uint32_t sequence = 0;
  ppp::Protocol protocol{};
  /// The frame's header, as it was compressed or not, and what stood behind it.
  Bytes header{};
  Bytes packet{};

  /// Anything that is not a control packet has an impossible code.
  [[nodiscard]] ppp::Code code() const {
    return static_cast<ppp::Code>(packet.empty() ? 0 : packet[0]);
  }
  [[nodiscard]] std::uint8_t identifier() const { return packet.size() > 1 ? packet[1] : 0; }
  /// Empty if the length is impossible.
  [[nodiscard]] View data() const;
  /// Empty as well if the data are no options.
  [[nodiscard]] std::vector<ppp::Option> options() const;
};

struct Recording {
  /// Whether the capture has no control connection, and its messages are ours.
  bool control_supplied = false;
  Bytes start_request{};
  Bytes call_request{};
  /// The client's Set-Link-Info messages before its login.
  std::vector<Bytes> link_info{};
  CallId server_call_id{};
  PeerCallId client_call_id{};
  /// Whether it is Windows, by what it says of itself.
  bool windows = false;
  /// From the first Set-Link-Info to the first PPP packet: until then Windows throws away what
  /// comes.
  Duration ppp_start{};
  /// Both directions in the order of the capture, without duplicates.
  std::vector<RecordedPacket> packets{};
};

/// The last complete call of a capture, if possible one in which somebody logged in. A capture of
/// GRE alone is taken for one call.
Result<Recording> find_call(const Capture& capture);

/// How the login was agreed on, and what became of it.
struct RecordedLogin {
  /// In words, if it is anything else than a login with MS-CHAPv2.
  std::string why_not{};
  auth::MsChapV2Challenge challenge{};
  const RecordedPacket* response = nullptr;
  /// The text of the Success or Failure, if one was recorded.
  std::optional<std::string> success{};
  std::optional<std::string> failure{};
};
RecordedLogin find_login(const Recording& recording);

/// Why the data of the call are not encrypted as this server does it, in words; empty if they are.
std::string find_encryption_obstacle(const Recording& recording);

/// What the recorded server gave its client, with addresses for documentation in the place of what
/// was never said.
ppp::IpAssignment find_assignment(const Recording& recording);
/// The recorded server's magic number.
std::optional<std::uint32_t> find_magic(const Recording& recording);
bool server_accepted_vj(const Recording& recording);

/// The encrypted packets of one direction in the order of their sequence numbers, as far as the
/// first negotiation after them.
std::vector<const RecordedPacket*> find_data(const Recording& recording, bool from_client);

}  // namespace upptpd::replay
