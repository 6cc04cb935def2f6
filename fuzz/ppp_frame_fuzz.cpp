// Arbitrary PPP frames, control packets and options.
#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/frame.hpp"
#include "ppp/option.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::ppp;

/// What was understood can be written, and is understood again.
void check_round_trips(View input) {
  if (const auto header = parse_frame_header(input)) check(header->size <= input.size());
  if (const auto packet = ControlPacket::parse(input)) {
    const Bytes again = packet->serialise();
    check(std::ranges::equal(again, input.first(again.size())));
  }
  if (const auto options = parse_options(input)) {
    OptionList list;
    for (const Option& option : *options) list.add(option.type, option.data);
    check(std::ranges::equal(list.bytes(), input));
  }
}

/// However the header is shortened, it says the same.
void check_headers(std::uint16_t number, View contents) {
  const auto protocol = static_cast<Protocol>(number);
  for (const unsigned form : {0U, 1U, 2U, 3U}) {
    PacketBuffer buffer;
    if (!buffer.assign(contents)) return;
    push_frame_header(buffer, protocol, {(form & 1) != 0, (form & 2) != 0});
    const auto header = parse_frame_header(buffer.view());
    // The last octet of a protocol's number is odd and the first is even (RFC 1661 section 2); and
    // 00ff is none, since its short form could be taken for an address (section 6.5).
    if ((number & 0x101) != 1 || number == 0xff) continue;
    check(header && header->protocol == protocol);
    check(std::ranges::equal(std::as_const(buffer).view().subspan(header->size), contents));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  check_round_trips(input);
  Reader reader(input);
  const std::uint16_t protocol = reader.u16();
  check_headers(protocol, reader.rest());
  return 0;
}
