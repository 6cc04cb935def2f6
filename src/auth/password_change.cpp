#include "auth/password_change.hpp"

#include <algorithm>
#include <utility>

#include "core/reader.hpp"
#include "core/writer.hpp"
#include "crypto/des.hpp"
#include "crypto/rc4.hpp"

namespace upptpd::auth {
namespace {

// The block of section 8.9, in clear: random octets, the password, and its length in octets,
// lowest octet first.
constexpr std::size_t kTextSize = 512;
using ClearPassword = Secret<516>;

void apply_rc4(const crypto::Library& library, const NtHash& key, MutableView data) {
  crypto::Rc4 rc4(library);
  rc4.set_key(key.reveal());
  rc4.apply(data);
}

}  // namespace

std::optional<PasswordChange> PasswordChange::parse(View data) {
  if (data.size() != kSize) return {};
  Reader reader(data);
  PasswordChange change;
  change.encrypted_password = reader.array<516>();
  change.encrypted_hash = reader.array<16>();
  change.peer_challenge = reader.array<16>();
  reader.skip(8);
  change.nt_response = reader.array<24>();
  return change;
}

std::array<std::uint8_t, PasswordChange::kSize> PasswordChange::serialise() const {
  std::array<std::uint8_t, kSize> data{};
  Writer writer(data);
  writer.bytes(encrypted_password);
  writer.bytes(encrypted_hash);
  writer.bytes(peer_challenge);
  writer.zeros(8);
  writer.bytes(nt_response);
  writer.u16(0);
  return data;
}

std::optional<SecretString> decrypt_new_password(const crypto::Library& library,
                                                 const EncryptedPassword& encrypted,
                                                 const NtHash& old_hash) {
  ClearPassword clear(encrypted);
  apply_rc4(library, old_hash, clear.overwrite());
  const View text = clear.reveal().first<kTextSize>();
  std::size_t size = 0;
  for (std::size_t i = clear.reveal().size(); i > kTextSize; --i) {
    size = size << 8 | clear.reveal()[i - 1];
  }
  if (size > text.size()) return {};
  auto password = utf16le_to_utf8(text.last(size));
  if (!password) return {};
  return SecretString(std::move(*password));
}

std::optional<EncryptedPassword> encrypt_new_password(const crypto::Library& library,
                                                      std::string_view new_password,
                                                      const NtHash& old_hash,
                                                      RandomSource& random) {
  Bytes text = password_to_utf16le(new_password);
  if (text.size() > kTextSize) {
    wipe(text);
    return {};
  }
  EncryptedPassword block{};
  const MutableView space = MutableView(block).first(kTextSize);
  random.fill(space);
  std::ranges::copy(text, space.last(text.size()).begin());
  block[kTextSize] = static_cast<std::uint8_t>(text.size() & 0xff);
  block[kTextSize + 1] = static_cast<std::uint8_t>(text.size() >> 8);
  wipe(text);
  apply_rc4(library, old_hash, block);
  return block;
}

EncryptedHash encrypt_old_hash(const crypto::Library& library, const NtHash& old_hash,
                               const NtHash& new_hash) {
  const auto clear = old_hash.reveal();
  const auto key = new_hash.reveal();
  const std::array blocks{crypto::des_encrypt(library, clear.first<8>(), key.subspan<0, 7>()),
                          crypto::des_encrypt(library, clear.last<8>(), key.subspan<7, 7>())};
  EncryptedHash encrypted{};
  auto out = encrypted.begin();
  for (const crypto::DesBlock& block : blocks) out = std::ranges::copy(block, out).out;
  return encrypted;
}

bool old_hash_matches(const crypto::Library& library, const EncryptedHash& encrypted,
                      const NtHash& old_hash, const NtHash& new_hash) {
  return equal_in_constant_time(encrypted, encrypt_old_hash(library, old_hash, new_hash));
}

}  // namespace upptpd::auth
