// One recorded call: its control messages and PPP packets, and the addresses it was about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture.hpp"
#include "core/tagged.hpp"
#include "core/time.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/ipcp.hpp"
#include "ppp/option.hpp"
#include "ppp/protocol.hpp"

namespace upptpd::replay {

// Types of options that more than one of us looks for.
inline constexpr std::uint8_t kLcpAuthentication = 3;
inline constexpr std::uint8_t kCcpMppe = 18;

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
  /// Whether it is a control packet with a list of options, or none.
  [[nodiscard]] bool intact() const;
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
  /// The control messages that ended the call, of either side.
  std::vector<CapturedItem> endings{};
};

/// Calls `visit` with each option of each packet of that kind.
template <class Visit>
void each_option(const Recording& recording, bool from_client, ppp::Protocol protocol,
                 ppp::Code code, Visit visit) {
  for (const RecordedPacket& packet : recording.packets) {
    if (packet.from_client != from_client || packet.protocol != protocol) continue;
    if (packet.code() != code) continue;
    for (const ppp::Option& option : packet.options()) visit(option);
  }
}

/// Whether one side ever sent this.
bool any_packet(const Recording& recording, bool from_client, ppp::Protocol protocol,
                std::optional<ppp::Code> code = std::nullopt);

/// Every complete call of a capture, in order: its control messages are there, and who has which
/// id. A capture of GRE alone is taken for one call.
Result<std::vector<Recording>> find_calls(const Capture& capture);

/// What the recorded server gave its client, with addresses for documentation in the place of what
/// was never said.
ppp::IpAssignment find_assignment(const Recording& recording);
/// The recorded server's magic number.
std::optional<std::uint32_t> find_magic(const Recording& recording);
bool server_accepted_vj(const Recording& recording);

/// The packets of network protocols, encrypted or not, of one direction in the order of their
/// sequence numbers, as far as the first negotiation after them.
std::vector<const RecordedPacket*> find_data(const Recording& recording, bool from_client);

}  // namespace upptpd::replay
