#include "auth/nt_password.hpp"

#include <algorithm>

#include "crypto/des.hpp"
#include "crypto/digest.hpp"

namespace upptpd::auth {
namespace {

/// Where the pairs for what lies beyond 16 bits begin.
constexpr char32_t kHighSurrogate = 0xd800;
constexpr char32_t kLowSurrogate = 0xdc00;
constexpr char32_t kBeyond16Bits = 0x10000;

bool is_high_surrogate(char32_t unit) { return unit >= kHighSurrogate && unit < kLowSurrogate; }
bool is_low_surrogate(char32_t unit) { return unit >= kLowSurrogate && unit < 0xe000; }

/// How many octets a UTF-8 sequence has that begins with this one; 0 if none does.
std::size_t sequence_length(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

/// Takes one code point from the front; nothing where that is not UTF-8 in its shortest form.
std::optional<char32_t> take_utf8(View& octets) {
  const std::size_t length = sequence_length(octets.front());
  if (length == 0 || length > octets.size()) return {};
  char32_t point = length == 1 ? octets[0] : octets[0] & (0x7f >> length);
  for (const std::uint8_t octet : octets.first(length).subspan(1)) {
    if ((octet & 0xc0) != 0x80) return {};
    point = point << 6 | (octet & 0x3f);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, kBeyond16Bits};
  if (point < smallest[length] || point > 0x10ffff) return {};
  if (is_high_surrogate(point) || is_low_surrogate(point)) return {};
  octets = octets.subspan(length);
  return point;
}

void append_unit(Bytes& out, char32_t unit) {
  out.push_back(static_cast<std::uint8_t>(unit & 0xff));
  out.push_back(static_cast<std::uint8_t>(unit >> 8));
}

/// Whether all of it is UTF-8; `out` is of no use otherwise.
bool append_utf8_as_utf16le(Bytes& out, View octets) {
  while (!octets.empty()) {
    const auto point = take_utf8(octets);
    if (!point) return false;
    if (*point < kBeyond16Bits) {
      append_unit(out, *point);
    } else {
      append_unit(out, kHighSurrogate + ((*point - kBeyond16Bits) >> 10));
      append_unit(out, kLowSurrogate + ((*point - kBeyond16Bits) & 0x3ff));
    }
  }
  return true;
}

void append_utf8(std::string& out, char32_t point) {
  const auto follow = [&out, point](unsigned shift) {
    out += static_cast<char>(0x80 | (point >> shift & 0x3f));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    follow(0);
  } else if (point < kBeyond16Bits) {
    out += static_cast<char>(0xe0 | point >> 12);
    follow(6);
    follow(0);
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    follow(12);
    follow(6);
    follow(0);
  }
}

/// Takes one code point from the front; nothing for a NUL or half a pair.
std::optional<char32_t> take_utf16le(View& text) {
  const auto unit = [&text](std::size_t at) {
    return static_cast<char32_t>(text[at + 1] << 8 | text[at]);
  };
  const char32_t first = unit(0);
  if (first == 0 || is_low_surrogate(first)) return {};
  if (!is_high_surrogate(first)) {
    text = text.subspan(2);
    return first;
  }
  if (text.size() < 4 || !is_low_surrogate(unit(2))) return {};
  const char32_t point =
      kBeyond16Bits + ((first - kHighSurrogate) << 10 | (unit(2) - kLowSurrogate));
  text = text.subspan(4);
  return point;
}

}  // namespace

Bytes password_to_utf16le(std::string_view password) {
  Bytes out;
  // Enough for either: what grows leaves copies of a password behind.
  out.reserve(2 * password.size());
  if (append_utf8_as_utf16le(out, as_view(password))) return out;
  out.clear();  // and overwrite it
  for (const std::uint8_t octet : as_view(password)) append_unit(out, octet);
  return out;
}

std::optional<std::string> utf16le_to_utf8(View text) {
  if (text.size() % 2 != 0) return {};
  // Judged first, so that no part of a password has to be thrown away.
  for (View rest = text; !rest.empty();) {
    if (!take_utf16le(rest)) return {};
  }
  std::string out;
  out.reserve(text.size() / 2 * 3);  // a unit has at most three octets; growth would leave copies
  while (!text.empty()) append_utf8(out, *take_utf16le(text));
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

}  // namespace upptpd::auth
