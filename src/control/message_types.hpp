// The numbers of the PPTP control connection: RFC 2637 sections 1.4 and 2.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/tagged.hpp"

namespace upptpd::control {

inline constexpr std::uint32_t kMagicCookie = 0x1A2B3C4D;
/// PPTP message type 1 is a control message; type 2, management, was never defined.
inline constexpr std::uint16_t kControlMessage = 1;
/// Version in the high octet, revision in the low one.
inline constexpr std::uint16_t kProtocolVersion = 0x0100;
inline constexpr unsigned kProtocolMajorVersion = kProtocolVersion >> 8;

/// What all messages begin with: length, PPTP message type, magic cookie, control message type,
/// Reserved0. In octets.
inline constexpr std::size_t kHeaderLength = 12;
/// Incoming-Call-Request, in octets.
inline constexpr std::size_t kLongestMessage = 220;

/// Fields of fixed width, in octets.
inline constexpr std::size_t kNameLength = 64;
inline constexpr std::size_t kPhoneNumberLength = 64;
inline constexpr std::size_t kSubaddressLength = 64;
inline constexpr std::size_t kCallStatisticsLength = 128;

/// Bits of the framing capabilities, and values of a framing type (3 is either).
inline constexpr std::uint32_t kAsynchronousFraming = 1;
inline constexpr std::uint32_t kSynchronousFraming = 2;
inline constexpr std::uint32_t kAnyFraming = 3;

/// Bits of the bearer capabilities, and values of a bearer type (3 is either).
inline constexpr std::uint32_t kAnalogBearer = 1;
inline constexpr std::uint32_t kDigitalBearer = 2;
inline constexpr std::uint32_t kAnyBearer = 3;

/// The same message goes both ways, so that "Call ID" and "Peer's Call ID" are seen from its
/// sender. Who holds a message knows its direction and makes a CallId or PeerCallId of them.
using SenderCallId = Tagged<struct SenderCallIdTag, std::uint16_t>;
using ReceiverCallId = Tagged<struct ReceiverCallIdTag, std::uint16_t>;

enum class ControlMessageType : std::uint16_t {
  start_control_connection_request = 1,
  start_control_connection_reply = 2,
  stop_control_connection_request = 3,
  stop_control_connection_reply = 4,
  echo_request = 5,
  echo_reply = 6,
  outgoing_call_request = 7,
  outgoing_call_reply = 8,
  incoming_call_request = 9,
  incoming_call_reply = 10,
  incoming_call_connected = 11,
  call_clear_request = 12,
  call_disconnect_notify = 13,
  wan_error_notify = 14,
  set_link_info = 15,
};

// The enumerations below are open: a value from the peer that has no name here is kept as its
// number.

/// Section 2.2.
enum class StartResult : std::uint8_t {
  success = 1,
  general_error = 2,
  channel_already_exists = 3,
  not_authorized = 4,
  version_not_supported = 5,
};

/// Section 2.3.
enum class StopReason : std::uint8_t {
  general = 1,
  version_not_supported = 2,
  local_shutdown = 3,
};

/// Section 2.4.
enum class StopResult : std::uint8_t {
  closed = 1,
  general_error = 2,
};

/// Section 2.6.
enum class EchoResult : std::uint8_t {
  valid = 1,
  general_error = 2,
};

/// Section 2.8.
enum class OutgoingCallResult : std::uint8_t {
  connected = 1,
  general_error = 2,
  no_carrier = 3,
  busy = 4,
  no_dial_tone = 5,
  time_out = 6,
  do_not_accept = 7,
};

/// Section 2.10.
enum class IncomingCallResult : std::uint8_t {
  connect = 1,
  general_error = 2,
  do_not_accept = 3,
};

/// Section 2.13.
enum class CallDisconnectResult : std::uint8_t {
  lost_carrier = 1,
  general_error = 2,
  administrative_shutdown = 3,
  request = 4,
};

/// Section 2.16: the error code that goes with a result of "general error".
enum class GeneralError : std::uint8_t {
  none = 0,
  not_connected = 1,
  bad_format = 2,
  bad_value = 3,
  no_resource = 4,
  bad_call_id = 5,
  pac_error = 6,
};

/// Sections 2.8 and 2.13: for ISDN a cause of Q.931; over the internet there is none, and it is 0.
enum class CauseCode : std::uint16_t {
  none = 0,
};

}  // namespace upptpd::control
