// PPP framing as PPTP carries it (RFC 1661 section 2, RFC 1662 section 3.1, without flags, escapes
// or checksum).
#pragma once

#include <optional>

#include "core/packet_buffer.hpp"
#include "ppp/protocol.hpp"

namespace upptpd::ppp {

/// What stands in front of the information field.
struct FrameHeader {
  Protocol protocol{};
  std::size_t size = 0;
};

/// Address and control octets (FF 03) may stand or be missing, and the protocol may have one octet
/// or two, at every moment: clients compress before and after what was negotiated. None if there is
/// no protocol field.
std::optional<FrameHeader> parse_frame_header(View frame);

/// How we may shorten the header, as the peer asked for and we acknowledged.
struct HeaderCompression {
  bool address_and_control = false;
  bool protocol_field = false;
};

/// Puts the header before the information field in `buffer`. LCP packets are never compressed (RFC
/// 1661 section 6.6).
void push_frame_header(PacketBuffer& buffer, Protocol protocol, HeaderCompression compression);

}  // namespace upptpd::ppp
