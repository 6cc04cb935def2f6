#include "auth/chap_algorithm.hpp"

#include <algorithm>

namespace upptpd::auth {
namespace {

/// What is left of the proof but its challenge, once the challenge is there in the right size.
template <class Proof>
LoginProof answering(View challenge, Proof proof) {
  std::copy_n(challenge.begin(), std::min(challenge.size(), proof.challenge.size()),
              proof.challenge.begin());
  return proof;
}

}  // namespace

std::size_t challenge_size(ppp::AuthMethod method) {
  return method == ppp::AuthMethod::ms_chap_v1 ? sizeof(MsChapV1Challenge)
                                               : sizeof(MsChapV2Challenge);
}

std::optional<LoginProof> proof_of(ppp::AuthMethod method, std::uint8_t identifier, View challenge,
                                   View value) {
  if (method == ppp::AuthMethod::ms_chap_v2) {
    if (const auto response = MsChapV2Response::parse(value)) {
      return answering(challenge, MsChapV2Proof{{}, *response});
    }
  } else if (method == ppp::AuthMethod::ms_chap_v1) {
    if (const auto response = MsChapV1Response::parse(value)) {
      return answering(challenge, MsChapV1Proof{{}, *response});
    }
  } else if (ChapMd5Proof proof{.identifier = identifier}; value.size() == proof.response.size()) {
    std::ranges::copy(value, proof.response.begin());
    return answering(challenge, proof);
  }
  return {};
}

std::string failure_message(ppp::AuthMethod method, unsigned code, bool may_retry, View challenge) {
  if (method == ppp::AuthMethod::chap_md5) return "E=" + std::to_string(code);
  // The version is that of the password change: MS-CHAPv1 has one of its own, which nobody used.
  const char* version = method == ppp::AuthMethod::ms_chap_v1 ? "2" : "3";
  return "E=" + std::to_string(code) + (may_retry ? " R=1" : " R=0") +
         " C=" + to_upper_hex(challenge) + " V=" + version;
}

}  // namespace upptpd::auth
