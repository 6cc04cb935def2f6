#include "mppe/decryptor.hpp"

#include <algorithm>
#include <array>

#include "core/reader.hpp"

namespace upptpd::mppe {

Decryptor::Decryptor(const crypto::Library& library, Mode mode, const Secret<16>& start_key,
                     CipherBatch* batch)
    : mode_(mode),
      batch_(mode.stateless ? batch : nullptr),
      cipher_(make_cipher(library, mode.strength, start_key, batch_ != nullptr)) {}

Decryptor::~Decryptor() {
  if (batch_ != nullptr) batch_->run();
}

std::optional<DropReason> Decryptor::decrypt(PacketBuffer& packet) {
  Reader reader(packet.view());
  const Header header(reader.u16());
  // Encrypted, and not compressed, which nobody negotiated. Stateless, every packet is flushed.
  const bool flushed = (header.bits & Header::kFlushed) != 0;
  const bool well_formed = reader.ok() && (header.bits & ~Header::kFlushed) == Header::kEncrypted &&
                           (flushed || !mode_.stateless);
  if (!well_formed) return DropReason::mppe_malformed;
  const MutableView contents = packet.view().subspan(Header::kSize);
  if (mode_.stateless) {
    const auto skipped = follow_stateless(header.count);
    if (!skipped) return skipped.error();
    decrypt_stateless(contents, *skipped);
  } else {
    if (const auto reason = follow_stateful(header, contents)) return reason;
    stream().apply(contents);
  }
  expected_ = header.count.next();
  packet.pop_front(Header::kSize);
  return {};
}

void Decryptor::decrypt_stateless(MutableView contents, std::uint32_t skipped) {
  if (batch_ != nullptr) {
    if (batch_->full()) batch_->run();
    return batch_->add(std::get<KeyChain>(cipher_), skipped, contents);
  }
  for (std::uint32_t step = 0; step < skipped; ++step) stream().key().change();
  stream().change_key();
  stream().apply(contents);
}

/// Section 8.1: one key change for each count.
Result<std::uint32_t, DropReason> Decryptor::follow_stateless(CoherencyCount count) {
  const std::uint32_t gap = count.distance_from(expected_);
  if (gap > kLargestGap) return fail_with(DropReason::mppe_late);
  if (gap > credit_) return fail_with(DropReason::mppe_gap);
  credit_ = std::min(credit_ - gap + kCreditPerPacket, kMostCredit);
  return gap;
}

/// Section 8.2: the key stream goes on from packet to packet, until one is missing.
std::optional<DropReason> Decryptor::follow_stateful(Header header, View contents) {
  if (header.count.distance_from(expected_) > kLargestStatefulGap) return DropReason::mppe_late;
  const bool flushed = (header.bits & Header::kFlushed) != 0;
  const bool missing = awaits_flush_ || header.count != expected_;
  pass_flags(header.count);
  if (missing && !flushed) {
    awaits_flush_ = true;
    // The key keeps up with what is discarded, however much that is.
    expected_ = header.count.next();
    return DropReason::mppe_lost;
  }
  awaits_flush_ = false;
  if (flushed || is_flag(header.count)) begin_anew(is_flag(header.count), contents);
  return {};
}

/// One key change for each flag packet from the expected one to this: at most fifteen.
void Decryptor::pass_flags(CoherencyCount count) {
  const std::uint32_t ahead = count.distance_from(expected_);
  const std::uint32_t first = flag_from(expected_).distance_from(expected_);
  for (std::uint32_t flag = first; flag <= ahead; flag += kFlagInterval) stream().key().change();
}

// The RFC begins anew with the same key, Linux with the next one, unless it is a flag packet, whose
// own change is enough for both; and Linux is one more key ahead for each flushed packet that was
// lost. What is in the packet tells.
void Decryptor::begin_anew(bool flag, View contents) {
  SessionKey& key = stream().key();
  const KeyChain before = key.state();
  for (unsigned changes = 0; changes <= kMostFlushesLost; ++changes) {
    if (changes > 0) key.change();
    if (!yields_ip(contents)) continue;
    if (!flag) changes_key_on_flush_ = changes > 0;
    return stream().begin();
  }
  key.go_back_to(before);
  if (!flag && changes_key_on_flush_) key.change();
  stream().begin();
}

/// Whether the key makes an IPv4 packet of them: the protocol in two octets or one, version 4, and
/// the length of what is there.
bool Decryptor::yields_ip(View contents) {
  std::array<std::uint8_t, 6> clear{};
  if (contents.size() < clear.size()) return false;
  std::ranges::copy(contents.first(clear.size()), clear.begin());
  stream().begin();
  stream().apply(clear);
  Reader reader(clear);
  const std::uint8_t first = reader.u8();
  const bool ip = first == 0x21 || (first == 0x00 && reader.u8() == 0x21);
  const std::size_t size = contents.size() - (first == 0x21 ? 1 : 2);
  const bool version_4 = reader.u8() >> 4 == 4;
  reader.skip(1);
  return ip && version_4 && reader.u16() == size;
}

}  // namespace upptpd::mppe
