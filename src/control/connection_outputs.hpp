// What both sides of a control connection have to say to their owner.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"

namespace upptpd::control {

/// To be written to the TCP connection, in order.
struct SendBytes {
  Bytes bytes;
};

/// The peer has introduced itself and was accepted. The texts are the peer's: log them through
/// `printable`.
struct Started {
  std::string host_name{};
  std::string vendor_name{};
  std::uint16_t firmware_revision = 0;
  std::uint16_t protocol_version = 0;
  std::uint32_t framing_capabilities = 0;
  std::uint32_t bearer_capabilities = 0;
  std::uint16_t maximum_channels = 0;
};

enum class CloseReason {
  /// The peer sent a Stop-Control-Connection-Request.
  peer_stopped,
  /// The peer closed TCP without one.
  peer_closed,
  /// `stop` was called, and the peer agreed.
  stopped,
  /// `stop` was called, and the peer did not answer.
  stop_timeout,
  start_timeout,
  echo_timeout,
  /// What came is not a PPTP message.
  protocol_error,
  /// Something else came before the Start-Control-Connection-Request.
  not_started,
  version_not_supported,
  /// The server does not want us (client only).
  refused,
};

/// The last output: close the TCP connection when what was to be sent is written.
struct Closed {
  CloseReason reason = CloseReason::peer_closed;
  /// For a person.
  std::string sentence{};
};

}  // namespace upptpd::control
