#include "ppp/control_packet.hpp"

#include "core/check.hpp"
#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd::ppp {
namespace {

constexpr std::size_t kHeaderSize = 4;

}  // namespace

std::optional<ControlPacket> ControlPacket::parse(View packet) {
  Reader reader(packet);
  ControlPacket parsed;
  parsed.code = static_cast<Code>(reader.u8());
  parsed.identifier = reader.u8();
  const std::size_t length = reader.u16();
  if (!reader.ok() || length < kHeaderSize || length > packet.size()) return {};
  parsed.data = reader.bytes(length - kHeaderSize);
  return parsed;
}

Bytes ControlPacket::serialise() const {
  Bytes out(kHeaderSize + data.size());
  Writer writer(out);
  writer.u8(static_cast<std::uint8_t>(code));
  writer.u8(identifier);
  writer.u16(static_cast<std::uint16_t>(out.size()));
  writer.bytes(data);
  check(writer.ok());
  return out;
}

}  // namespace upptpd::ppp
