#include "mppe/encryptor.hpp"

#include "core/writer.hpp"

namespace upptpd::mppe {

Encryptor::Encryptor(const crypto::Library& library, Strength strength, const Secret<16>& start_key)
    : key_(library, strength, start_key), rc4_(library) {}

void Encryptor::encrypt(PacketBuffer& packet) {
  key_.change();
  rc4_.set_key(key_.reveal());
  rc4_.apply(packet.view());
  const Header header(Header::kFlushed | Header::kEncrypted, next_);
  Writer(packet.push_front(Header::kSize)).u16(header.value());
  next_ = next_.next();
}

}  // namespace upptpd::mppe
