#include "mppe/decryptor.hpp"

#include "core/reader.hpp"

namespace upptpd::mppe {

Decryptor::Decryptor(const crypto::Library& library, Strength strength, const Secret<16>& start_key)
    : key_(library, strength, start_key), rc4_(library) {}

std::optional<DropReason> Decryptor::decrypt(PacketBuffer& packet) {
  Reader reader(packet.view());
  const Header header(reader.u16());
  // Stateless: every packet is flushed and encrypted, and nobody negotiated compression.
  if (!reader.ok() || header.bits != (Header::kFlushed | Header::kEncrypted)) {
    return DropReason::mppe_malformed;
  }
  const std::uint32_t gap = header.count.distance_from(expected_);
  if (gap > kLargestGap) return DropReason::mppe_late;
  for (std::uint32_t step = 0; step <= gap; ++step) key_.change();
  expected_ = header.count.next();
  packet.pop_front(Header::kSize);
  rc4_.set_key(key_.reveal());
  rc4_.apply(packet.view());
  return {};
}

}  // namespace upptpd::mppe
