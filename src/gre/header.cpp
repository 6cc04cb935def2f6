#include "gre/header.hpp"

#include "core/check.hpp"
#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd::gre {
namespace {

constexpr std::uint16_t kKeyPresent = 0x2000;
constexpr std::uint16_t kSequencePresent = 0x1000;
constexpr std::uint16_t kAcknowledgmentPresent = 0x0080;
constexpr std::uint16_t kVersion = 0x0001;
constexpr std::uint16_t kProtocolPpp = 0x880b;

}  // namespace

Result<Header, DropReason> parse(View packet) {
  Reader reader(packet);
  const std::uint16_t flags = reader.u16();
  const std::uint16_t protocol = reader.u16();
  Header header;
  header.payload_length = reader.u16();
  header.call_id = reader.u16();
  if (!reader.ok()) return fail_with(DropReason::gre_truncated);
  // K always, S and A as they like, all others zero (section 4.1).
  if ((flags & ~(kSequencePresent | kAcknowledgmentPresent)) != (kKeyPresent | kVersion)) {
    return fail_with(DropReason::gre_version);
  }
  if (protocol != kProtocolPpp) return fail_with(DropReason::gre_protocol);
  if (flags & kSequencePresent) header.sequence = SequenceNumber(reader.u32());
  if (flags & kAcknowledgmentPresent) header.acknowledgment = SequenceNumber(reader.u32());
  // Without a sequence number there is no payload, and pure acknowledgments are known with any
  // length there.
  if (!header.sequence) header.payload_length = 0;
  if (!reader.ok() || reader.left() < header.payload_length) {
    return fail_with(DropReason::gre_truncated);
  }
  return header;
}

void serialise(const Header& header, MutableView space) {
  Writer writer(space);
  std::uint16_t flags = kKeyPresent | kVersion;
  if (header.sequence) flags |= kSequencePresent;
  if (header.acknowledgment) flags |= kAcknowledgmentPresent;
  writer.u16(flags);
  writer.u16(kProtocolPpp);
  writer.u16(header.payload_length);
  writer.u16(header.call_id);
  if (header.sequence) writer.u32(header.sequence->value());
  if (header.acknowledgment) writer.u32(header.acknowledgment->value());
  check(writer.ok() && writer.size() == space.size());
}

}  // namespace upptpd::gre
