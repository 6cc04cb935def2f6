// The 15 messages of the PPTP control connection and their octets: RFC 2637 section 2.
//
// All begin with the same 12 octets (section 1.4); the boxes below show what follows them:
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |             Length            |       PPTP Message Type       |
//   |                          Magic Cookie                         |
//   |      Control Message Type     |           Reserved0           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "control/message_types.hpp"
#include "core/bytes.hpp"
#include "core/result.hpp"

namespace upptpd::control {

/// Raw octets: Windows puts a correlation GUID here, so it is never text.
using Subaddress = std::array<std::uint8_t, kSubaddressLength>;

// A parsed text has no NUL and is never longer than its field, but its characters are the peer's:
// log it through `printable`.

/// Section 2.1. The first message on a connection, from who opened it.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |        Protocol Version       |           Reserved1           |
//   |                      Framing Capabilities                     |
//   |                      Bearer Capabilities                      |
//   |        Maximum Channels       |       Firmware Revision       |
//   |                     Host Name (64 octets)                     |
//   |                    Vendor Name (64 octets)                    |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct StartControlConnectionRequest {
  static constexpr auto kType = ControlMessageType::start_control_connection_request;
  static constexpr std::size_t kLength = 156;

  std::uint16_t protocol_version = kProtocolVersion;
  /// Sets of bits.
  std::uint32_t framing_capabilities = 0;
  std::uint32_t bearer_capabilities = 0;
  std::uint16_t maximum_channels = 0;
  std::uint16_t firmware_revision = 0;
  std::string host_name{};
  std::string vendor_name{};

  friend bool operator==(const StartControlConnectionRequest&,
                         const StartControlConnectionRequest&) = default;
};

/// Section 2.2. Which version will be spoken, or why none.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |        Protocol Version       |  Result Code  |   Error Code  |
//   |                      Framing Capabilities                     |
//   |                      Bearer Capabilities                      |
//   |        Maximum Channels       |       Firmware Revision       |
//   |                     Host Name (64 octets)                     |
//   |                    Vendor Name (64 octets)                    |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct StartControlConnectionReply {
  static constexpr auto kType = ControlMessageType::start_control_connection_reply;
  static constexpr std::size_t kLength = 156;

  std::uint16_t protocol_version = kProtocolVersion;
  StartResult result = StartResult::success;
  GeneralError error = GeneralError::none;
  /// Sets of bits.
  std::uint32_t framing_capabilities = 0;
  std::uint32_t bearer_capabilities = 0;
  std::uint16_t maximum_channels = 0;
  std::uint16_t firmware_revision = 0;
  std::string host_name{};
  std::string vendor_name{};

  friend bool operator==(const StartControlConnectionReply&,
                         const StartControlConnectionReply&) = default;
};

/// Section 2.3. The connection is to be closed; it takes all calls with it.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |     Reason    |   Reserved1   |           Reserved2           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct StopControlConnectionRequest {
  static constexpr auto kType = ControlMessageType::stop_control_connection_request;
  static constexpr std::size_t kLength = 16;

  StopReason reason = StopReason::general;

  friend bool operator==(const StopControlConnectionRequest&,
                         const StopControlConnectionRequest&) = default;
};

/// Section 2.4. The sender closes the connection after this.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |  Result Code  |   Error Code  |           Reserved1           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct StopControlConnectionReply {
  static constexpr auto kType = ControlMessageType::stop_control_connection_reply;
  static constexpr std::size_t kLength = 16;

  StopResult result = StopResult::closed;
  GeneralError error = GeneralError::none;

  friend bool operator==(const StopControlConnectionReply&,
                         const StopControlConnectionReply&) = default;
};

/// Section 2.5. Is the peer still there?
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                           Identifier                          |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct EchoRequest {
  static constexpr auto kType = ControlMessageType::echo_request;
  static constexpr std::size_t kLength = 16;

  std::uint32_t identifier = 0;

  friend bool operator==(const EchoRequest&, const EchoRequest&) = default;
};

/// Section 2.6. It is.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                           Identifier                          |
//   |  Result Code  |   Error Code  |           Reserved1           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct EchoReply {
  static constexpr auto kType = ControlMessageType::echo_reply;
  static constexpr std::size_t kLength = 20;

  std::uint32_t identifier = 0;
  EchoResult result = EchoResult::valid;
  GeneralError error = GeneralError::none;

  friend bool operator==(const EchoReply&, const EchoReply&) = default;
};

/// Section 2.7. The client (PNS) wants a call. Speeds in bits per second, the delay in tenths of a
/// second.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |            Call ID            |       Call Serial Number      |
//   |                          Minimum BPS                          |
//   |                          Maximum BPS                          |
//   |                          Bearer Type                          |
//   |                          Framing Type                         |
//   |    Packet Recv. Window Size   |    Packet Processing Delay    |
//   |      Phone Number Length      |           Reserved1           |
//   |                    Phone Number (64 octets)                   |
//   |                     Subaddress (64 octets)                    |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct OutgoingCallRequest {
  static constexpr auto kType = ControlMessageType::outgoing_call_request;
  static constexpr std::size_t kLength = 168;

  SenderCallId call_id{};
  std::uint16_t call_serial_number = 0;
  std::uint32_t minimum_speed = 0;
  std::uint32_t maximum_speed = 0;
  std::uint32_t bearer_type = 0;
  std::uint32_t framing_type = 0;
  std::uint16_t receive_window = 0;
  std::uint16_t processing_delay = 0;
  std::string phone_number{};
  Subaddress subaddress{};

  friend bool operator==(const OutgoingCallRequest&, const OutgoingCallRequest&) = default;
};

/// Section 2.8. Whether the client gets the call, and under which id.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |            Call ID            |         Peer's Call ID        |
//   |  Result Code  |   Error Code  |           Cause Code          |
//   |                         Connect Speed                         |
//   |    Packet Recv. Window Size   |    Packet Processing Delay    |
//   |                      Physical Channel ID                      |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct OutgoingCallReply {
  static constexpr auto kType = ControlMessageType::outgoing_call_reply;
  static constexpr std::size_t kLength = 32;

  SenderCallId call_id{};
  ReceiverCallId peer_call_id{};
  OutgoingCallResult result = OutgoingCallResult::connected;
  GeneralError error = GeneralError::none;
  CauseCode cause = CauseCode::none;
  std::uint32_t connect_speed = 0;
  std::uint16_t receive_window = 0;
  std::uint16_t processing_delay = 0;
  std::uint32_t physical_channel_id = 0;

  friend bool operator==(const OutgoingCallReply&, const OutgoingCallReply&) = default;
};

/// Section 2.9. Somebody rings at the PAC.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |            Call ID            |       Call Serial Number      |
//   |                        Call Bearer Type                       |
//   |                      Physical Channel ID                      |
//   |      Dialed Number Length     |     Dialing Number Length     |
//   |                   Dialed Number (64 octets)                   |
//   |                   Dialing Number (64 octets)                  |
//   |                     Subaddress (64 octets)                    |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct IncomingCallRequest {
  static constexpr auto kType = ControlMessageType::incoming_call_request;
  static constexpr std::size_t kLength = 220;

  SenderCallId call_id{};
  std::uint16_t call_serial_number = 0;
  std::uint32_t bearer_type = 0;
  std::uint32_t physical_channel_id = 0;
  std::string dialed_number{};
  std::string dialing_number{};
  Subaddress subaddress{};

  friend bool operator==(const IncomingCallRequest&, const IncomingCallRequest&) = default;
};

/// Section 2.10. Whether the PAC should pick up.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |            Call ID            |         Peer's Call ID        |
//   |  Result Code  |   Error Code  |    Packet Recv. Window Size   |
//   |     Packet Transmit Delay     |           Reserved1           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct IncomingCallReply {
  static constexpr auto kType = ControlMessageType::incoming_call_reply;
  static constexpr std::size_t kLength = 24;

  SenderCallId call_id{};
  ReceiverCallId peer_call_id{};
  IncomingCallResult result = IncomingCallResult::connect;
  GeneralError error = GeneralError::none;
  std::uint16_t receive_window = 0;
  std::uint16_t transmit_delay = 0;

  friend bool operator==(const IncomingCallReply&, const IncomingCallReply&) = default;
};

/// Section 2.11. The PAC has picked up.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |         Peer's Call ID        |           Reserved1           |
//   |                         Connect Speed                         |
//   |    Packet Recv. Window Size   |     Packet Transmit Delay     |
//   |                          Framing Type                         |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct IncomingCallConnected {
  static constexpr auto kType = ControlMessageType::incoming_call_connected;
  static constexpr std::size_t kLength = 28;

  ReceiverCallId peer_call_id{};
  std::uint32_t connect_speed = 0;
  std::uint16_t receive_window = 0;
  std::uint16_t transmit_delay = 0;
  std::uint32_t framing_type = 0;

  friend bool operator==(const IncomingCallConnected&, const IncomingCallConnected&) = default;
};

/// Section 2.12. The client (PNS) wants its call ended. The id is its own, because it may not know
/// the PAC's yet.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |            Call ID            |           Reserved1           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct CallClearRequest {
  static constexpr auto kType = ControlMessageType::call_clear_request;
  static constexpr std::size_t kLength = 16;

  SenderCallId call_id{};

  friend bool operator==(const CallClearRequest&, const CallClearRequest&) = default;
};

/// Section 2.13. The call is over. The id is that of the sender (PAC).
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |            Call ID            |  Result Code  |   Error Code  |
//   |           Cause Code          |           Reserved1           |
//   |                  Call Statistics (128 octets)                 |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct CallDisconnectNotify {
  static constexpr auto kType = ControlMessageType::call_disconnect_notify;
  static constexpr std::size_t kLength = 148;

  SenderCallId call_id{};
  CallDisconnectResult result = CallDisconnectResult::request;
  GeneralError error = GeneralError::none;
  CauseCode cause = CauseCode::none;
  std::string call_statistics{};

  friend bool operator==(const CallDisconnectNotify&, const CallDisconnectNotify&) = default;
};

/// Section 2.14. Errors on the PAC's telephone line, counted since the call began.
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |         Peer's Call ID        |           Reserved1           |
//   |                           CRC Errors                          |
//   |                         Framing Errors                        |
//   |                       Hardware Overruns                       |
//   |                        Buffer Overruns                        |
//   |                        Time-out Errors                        |
//   |                        Alignment Errors                       |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct WanErrorNotify {
  static constexpr auto kType = ControlMessageType::wan_error_notify;
  static constexpr std::size_t kLength = 40;

  ReceiverCallId peer_call_id{};
  std::uint32_t crc_errors = 0;
  std::uint32_t framing_errors = 0;
  std::uint32_t hardware_overruns = 0;
  std::uint32_t buffer_overruns = 0;
  std::uint32_t time_out_errors = 0;
  std::uint32_t alignment_errors = 0;

  friend bool operator==(const WanErrorNotify&, const WanErrorNotify&) = default;
};

/// Section 2.15. Which control characters to escape in asynchronous framing (which GRE does not
/// use).
//
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |         Peer's Call ID        |           Reserved1           |
//   |                           Send ACCM                           |
//   |                          Receive ACCM                         |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct SetLinkInfo {
  static constexpr auto kType = ControlMessageType::set_link_info;
  static constexpr std::size_t kLength = 24;

  ReceiverCallId peer_call_id{};
  std::uint32_t send_accm = 0;
  std::uint32_t receive_accm = 0;

  friend bool operator==(const SetLinkInfo&, const SetLinkInfo&) = default;
};

using Message = std::variant<StartControlConnectionRequest, StartControlConnectionReply,
                             StopControlConnectionRequest, StopControlConnectionReply, EchoRequest,
                             EchoReply, OutgoingCallRequest, OutgoingCallReply, IncomingCallRequest,
                             IncomingCallReply, IncomingCallConnected, CallClearRequest,
                             CallDisconnectNotify, WanErrorNotify, SetLinkInfo>;

/// What is wrong with octets that should have been a message.
enum class ParseError {
  truncated,
  bad_magic_cookie,
  not_control_message,
  wrong_length,
  unknown_control_message_type,
};

/// A clause for a log line: "the magic cookie is wrong".
std::string_view describe(ParseError error);

struct MessageHeader {
  /// Of the whole message, in octets: that of its type, or for an unknown type anything from
  /// kHeaderLength to kLongestMessage.
  std::size_t length = 0;
  /// Empty for a control message type that the RFC does not have.
  std::optional<ControlMessageType> type;
  std::uint16_t type_number = 0;
};

/// The first kHeaderLength octets of `bytes`.
Result<MessageHeader, ParseError> parse_header(View bytes);

/// One whole message and nothing after it. Its length must be exactly that of its type: no client
/// is known to send another one. Reserved fields may hold anything (the RFC's "MUST be 0" is broken
/// by Microsoft's own server). Numbers and names that are longer than their fields are cut.
Result<Message, ParseError> parse(View whole_message);

/// The octets of a message; texts that are too long for their fields are cut.
Bytes serialise(const Message& message);

}  // namespace upptpd::control
