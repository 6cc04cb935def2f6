#include "client_cipher.hpp"

#include "core/reader.hpp"
#include "protocol_numbers.hpp"

namespace upptpd::profiles {
namespace {

constexpr std::uint16_t kFlushed = 0x8000;
constexpr std::uint16_t kEncrypted = 0x1000;
constexpr std::uint16_t kCounts = 0x1000;

bool is_flag(std::uint16_t count) { return (count & 0xff) == 0xff; }

}  // namespace

mppe::Strength strength_of(std::uint32_t mode) {
  if ((mode & k128) != 0) return mppe::Strength::bits128;
  return (mode & k56) != 0 ? mppe::Strength::bits56 : mppe::Strength::bits40;
}

Sealer::Sealer(const crypto::Library& library, std::uint32_t mode, const Secret<16>& start_key,
               bool changes_key_on_flush)
    : key_(library, strength_of(mode), start_key),
      rc4_(library),
      stateless_((mode & kStateless) != 0),
      changes_key_on_flush_(changes_key_on_flush) {}

Bytes Sealer::seal(View contents) {
  const bool flushed = stateless_ || flush_ || is_flag(count);
  const bool answers_reset = flush_ && !first_ && changes_key_on_flush_;
  if (stateless_ || is_flag(count) || answers_reset) key_.change();
  if (flushed) rc4_.set_key(key_.reveal());
  flush_ = first_ = false;
  const auto header =
      static_cast<std::uint16_t>((flushed ? kFlushed : 0) | kEncrypted | (count & (kCounts - 1)));
  Bytes packet = {static_cast<std::uint8_t>(header >> 8), static_cast<std::uint8_t>(header)};
  packet.insert(packet.end(), contents.begin(), contents.end());
  rc4_.apply(MutableView(packet).subspan(2));
  count = static_cast<std::uint16_t>((count + 1) % kCounts);
  return packet;
}

Opener::Opener(const crypto::Library& library, std::uint32_t mode, const Secret<16>& start_key)
    : key_(library, strength_of(mode), start_key),
      rc4_(library),
      stateless_((mode & kStateless) != 0) {
  rc4_.set_key(key_.reveal());
}

std::optional<Bytes> Opener::open(View packet) {
  Reader reader(packet);
  const std::uint16_t header = reader.u16();
  if (!reader.ok() || (header & 0x7000) != kEncrypted) return {};
  const std::uint16_t count = header % kCounts;
  const bool flushed = (header & kFlushed) != 0;
  if (stateless_ && !flushed) return {};
  if (!stateless_ && count != expected_) lost_ = true;
  for (;; expected_ = static_cast<std::uint16_t>((expected_ + 1) % kCounts)) {
    if (stateless_ || is_flag(expected_)) key_.change();
    if (expected_ == count) break;
  }
  expected_ = static_cast<std::uint16_t>((expected_ + 1) % kCounts);
  if (flushed || is_flag(count)) rc4_.set_key(key_.reveal());
  if (flushed) lost_ = false;
  if (lost_) return {};
  const View rest = reader.rest();
  Bytes contents(rest.begin(), rest.end());
  rc4_.apply(contents);
  return contents;
}

}  // namespace upptpd::profiles
