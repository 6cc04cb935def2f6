#include "auth/ms_chap_v1.hpp"

#include <algorithm>

#include "core/reader.hpp"
#include "core/writer.hpp"
#include "crypto/des.hpp"

namespace upptpd::auth {
namespace {

/// What a password is the key for (section A.3).
constexpr std::array<std::uint8_t, 8> kLmText{'K', 'G', 'S', '!', '@', '#', '$', '%'};

std::uint8_t ascii_upper_case(std::uint8_t octet) {
  return octet >= 'a' && octet <= 'z' ? static_cast<std::uint8_t>(octet - 'a' + 'A') : octet;
}

}  // namespace

std::optional<MsChapV1Response> MsChapV1Response::parse(View value) {
  if (value.size() != kSize) return {};
  Reader reader(value);
  MsChapV1Response response;
  response.lm_response = reader.array<24>();
  response.nt_response = reader.array<24>();
  response.flags = reader.u8();
  return response;
}

std::array<std::uint8_t, MsChapV1Response::kSize> MsChapV1Response::serialise() const {
  std::array<std::uint8_t, kSize> value{};
  Writer writer(value);
  writer.bytes(lm_response);
  writer.bytes(nt_response);
  writer.u8(flags);
  return value;
}

bool MsChapV1Response::has_only_lm_response() const { return nt_response == NtResponse{}; }

LmHash lm_password_hash(const crypto::Library& library, std::string_view password) {
  Secret<14> padded;  // zeros behind the password
  const View octets = as_view(password.substr(0, 14));
  std::ranges::transform(octets, padded.overwrite().begin(), ascii_upper_case);
  const auto key = padded.reveal();
  LmHash hash;
  auto out = hash.overwrite().begin();
  for (crypto::DesBlock block : {crypto::des_encrypt(library, kLmText, key.first<7>()),
                                 crypto::des_encrypt(library, kLmText, key.last<7>())}) {
    out = std::ranges::copy(block, out).out;
    wipe(block);
  }
  return hash;
}

}  // namespace upptpd::auth
