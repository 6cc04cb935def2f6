#include "ppp/frame.hpp"

#include "core/writer.hpp"

namespace upptpd::ppp {
namespace {

constexpr std::uint8_t kAllStations = 0xff;
constexpr std::uint8_t kUnnumberedInformation = 0x03;

}  // namespace

std::optional<FrameHeader> parse_frame_header(View frame) {
  std::size_t size = 0;
  if (frame.size() >= 2 && frame[0] == kAllStations && frame[1] == kUnnumberedInformation) size = 2;
  if (frame.size() < size + 1) return {};
  const std::uint8_t first = frame[size];
  // The last octet of a protocol number is odd and the others are even: an odd first one is the
  // whole.
  if (first & 1) return FrameHeader{static_cast<Protocol>(first), size + 1};
  if (frame.size() < size + 2) return {};
  return FrameHeader{static_cast<Protocol>(first << 8 | frame[size + 1]), size + 2};
}

void push_frame_header(PacketBuffer& buffer, Protocol protocol, HeaderCompression compression) {
  const auto number = static_cast<std::uint16_t>(protocol);
  const bool is_lcp = protocol == Protocol::lcp;
  const bool short_protocol = compression.protocol_field && !is_lcp && number < 0x100;
  const bool no_address = compression.address_and_control && !is_lcp;
  Writer writer(buffer.push_front((no_address ? 0U : 2U) + (short_protocol ? 1U : 2U)));
  if (!no_address) {
    writer.u8(kAllStations);
    writer.u8(kUnnumberedInformation);
  }
  if (short_protocol) {
    writer.u8(static_cast<std::uint8_t>(number));
  } else {
    writer.u16(number);
  }
}

}  // namespace upptpd::ppp
