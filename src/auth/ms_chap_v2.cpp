#include "auth/ms_chap_v2.hpp"

#include <algorithm>

#include "core/reader.hpp"
#include "core/writer.hpp"
#include "crypto/sha1.hpp"

namespace upptpd::auth {
namespace {

// Section 8.7.
constexpr std::string_view kMagic1 = "Magic server to client signing constant";
constexpr std::string_view kMagic2 = "Pad to make it do more than one iteration";

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

std::array<std::uint8_t, 8> challenge_hash(const MsChapV2Challenge& peer_challenge,
                                           const MsChapV2Challenge& authenticator_challenge,
                                           std::string_view user_name) {
  const auto digest = crypto::sha1({peer_challenge, authenticator_challenge, as_view(user_name)});
  std::array<std::uint8_t, 8> challenge{};
  std::copy_n(digest.begin(), challenge.size(), challenge.begin());
  return challenge;
}

std::string authenticator_response(const Secret<16>& hash_hash, const NtResponse& nt_response,
                                   const std::array<std::uint8_t, 8>& challenge) {
  const auto first = crypto::sha1({hash_hash.reveal(), nt_response, as_view(kMagic1)});
  return "S=" + to_upper_hex(crypto::sha1({first, challenge, as_view(kMagic2)}));
}

}  // namespace upptpd::auth
