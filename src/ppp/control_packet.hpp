// The packets of LCP and its family: code, identifier, length, data. RFC 1661 section 5.
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.hpp"

namespace upptpd::ppp {

/// 1 to 7 are common to all control protocols; the others belong to LCP or CCP.
enum class Code : std::uint8_t {
  configure_request = 1,
  configure_ack = 2,
  configure_nak = 3,
  configure_reject = 4,
  terminate_request = 5,
  terminate_ack = 6,
  code_reject = 7,
  protocol_reject = 8,   // LCP
  echo_request = 9,      // LCP
  echo_reply = 10,       // LCP
  discard_request = 11,  // LCP
  identification = 12,   // LCP, RFC 1570 section 2.1
  time_remaining = 13,   // LCP, RFC 1570 section 2.2
  reset_request = 14,    // CCP, RFC 1962 section 3
  reset_ack = 15,        // CCP
};

struct ControlPacket {
  Code code{};
  std::uint8_t identifier = 0;
  View data;  // borrowed from what was parsed

  /// What lies behind the length is padding. None if the length is impossible.
  //    0                   1                   2                   3
  //    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
  //   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
  //   |     Code      |  Identifier   |            Length             |
  //   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
  //   |    Data ...
  //   +-+-+-+-+
  static std::optional<ControlPacket> parse(View packet);

  [[nodiscard]] Bytes serialise() const;
};

}  // namespace upptpd::ppp
