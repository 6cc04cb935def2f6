#include "auth/ms_chap_v2.hpp"

#include <algorithm>

#include "core/reader.hpp"
#include "core/writer.hpp"
#include "crypto/des.hpp"
#include "crypto/digest.hpp"
#include "crypto/sha1.hpp"

namespace upptpd::auth {
namespace {

// Section 8.7.
constexpr std::string_view kMagic1 = "Magic server to client signing constant";
constexpr std::string_view kMagic2 = "Pad to make it do more than one iteration";

/// The code points of a text that is valid UTF-8, shortest forms only.
std::optional<std::u32string> decode_utf8(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  const View octets = as_view(text);
  for (std::size_t i = 0; i < octets.size();) {
    const std::uint8_t first = octets[i];
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 0 || i + length > octets.size()) return {};
    char32_t point = length == 1 ? first : first & (0x7f >> length);
    for (std::size_t k = 1; k < length; ++k) {
      if ((octets[i + k] & 0xc0) != 0x80) return {};
      point = point << 6 | (octets[i + k] & 0x3f);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    if (point < smallest[length] || point > 0x10ffff || surrogate) return {};
    points += point;
    i += length;
  }
  return points;
}

void append_unit(Bytes& out, char32_t unit) {
  out.push_back(static_cast<std::uint8_t>(unit & 0xff));
  out.push_back(static_cast<std::uint8_t>(unit >> 8));
}

}  // namespace

std::optional<MsChapV2Response> MsChapV2Response::parse(View value) {
  if (value.size() != kSize) return {};
  Reader reader(value);
  MsChapV2Response response;
  response.peer_challenge = reader.array<16>();
  reader.skip(8);
  response.nt_response = reader.array<24>();
  return response;
}

std::array<std::uint8_t, MsChapV2Response::kSize> MsChapV2Response::serialise() const {
  std::array<std::uint8_t, kSize> value{};
  Writer writer(value);
  writer.bytes(peer_challenge);
  writer.zeros(8);
  writer.bytes(nt_response);
  return value;
}

Bytes password_to_utf16le(std::string_view password) {
  Bytes out;
  // Enough for either: what grows leaves copies of a password behind.
  out.reserve(2 * password.size());
  auto points = decode_utf8(password);
  if (!points) {
    for (std::uint8_t octet : as_view(password)) append_unit(out, octet);
    return out;
  }
  for (char32_t point : *points) {
    if (point < 0x10000) {
      append_unit(out, point);
    } else {
      append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
      append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  auto* octets = reinterpret_cast<std::uint8_t*>(points->data());  // NOLINT
  wipe({octets, points->size() * sizeof(char32_t)});
  return out;
}

NtHash nt_password_hash(const crypto::Library& library, std::string_view password) {
  Bytes text = password_to_utf16le(password);
  const NtHash hash(crypto::md4(library, text));
  wipe(text);
  return hash;
}

Secret<16> hash_nt_password_hash(const crypto::Library& library, const NtHash& hash) {
  return Secret<16>(crypto::md4(library, hash.reveal()));
}

std::array<std::uint8_t, 8> challenge_hash(const MsChapV2Challenge& peer_challenge,
                                           const MsChapV2Challenge& authenticator_challenge,
                                           std::string_view user_name) {
  const auto digest = crypto::sha1({peer_challenge, authenticator_challenge, as_view(user_name)});
  std::array<std::uint8_t, 8> challenge{};
  std::copy_n(digest.begin(), challenge.size(), challenge.begin());
  return challenge;
}

NtResponse challenge_response(const crypto::Library& library,
                              const std::array<std::uint8_t, 8>& challenge, const NtHash& hash) {
  Secret<21> padded;  // zeros behind the hash
  std::ranges::copy(hash.reveal(), padded.overwrite().begin());
  const auto key = padded.reveal();
  NtResponse response{};
  const std::array blocks{crypto::des_encrypt(library, challenge, key.subspan<0, 7>()),
                          crypto::des_encrypt(library, challenge, key.subspan<7, 7>()),
                          crypto::des_encrypt(library, challenge, key.subspan<14, 7>())};
  auto out = response.begin();
  for (const crypto::DesBlock& block : blocks) out = std::ranges::copy(block, out).out;
  return response;
}

std::string authenticator_response(const Secret<16>& hash_hash, const NtResponse& nt_response,
                                   const std::array<std::uint8_t, 8>& challenge) {
  const auto first = crypto::sha1({hash_hash.reveal(), nt_response, as_view(kMagic1)});
  return "S=" + to_upper_hex(crypto::sha1({first, challenge, as_view(kMagic2)}));
}

}  // namespace upptpd::auth
