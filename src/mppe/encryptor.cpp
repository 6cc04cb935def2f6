#include "mppe/encryptor.hpp"

#include "core/writer.hpp"

namespace upptpd::mppe {

Encryptor::Encryptor(const crypto::Library& library, Mode mode, const Secret<16>& start_key,
                     CipherBatch* batch)
    : mode_(mode),
      batch_(mode.stateless ? batch : nullptr),
      cipher_(make_cipher(library, mode.strength, start_key, batch_ != nullptr)) {}

Encryptor::~Encryptor() {
  if (batch_ != nullptr) batch_->run();
}

void Encryptor::encrypt(PacketBuffer& packet) {
  const bool new_key = mode_.stateless || is_flag(next_);
  if (batch_ != nullptr) {
    if (batch_->full()) batch_->run();
    batch_->add(std::get<KeyChain>(cipher_), 0, packet.view());
  } else {
    KeyStream& stream = std::get<KeyStream>(cipher_);
    if (new_key) stream.change_key();
    stream.apply(packet.view());
  }
  const std::uint16_t flushed = new_key ? Header::kFlushed : 0;
  const Header header(static_cast<std::uint16_t>(flushed | Header::kEncrypted), next_);
  Writer(packet.push_front(Header::kSize)).u16(header.value());
  next_ = next_.next();
}

// RFC 3078 would begin anew with the same key, and so use its key stream twice; Linux changes the
// key, and is lost where that packet is. With a flag packet both know what to do, and a lost one is
// made up for by its count. So the count goes on to the next.
void Encryptor::flush() {
  if (!mode_.stateless) next_ = flag_from(next_);
}

}  // namespace upptpd::mppe
