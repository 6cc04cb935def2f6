#include "session/encryption_keys.hpp"

#include "core/check.hpp"
#include "core/queue.hpp"

namespace upptpd::session {

mppe::Mode mode_of(std::uint32_t bits) {
  using Bits = ppp::MppeBits;
  return {(bits & Bits::k128) != 0  ? mppe::Strength::bits128
          : (bits & Bits::k56) != 0 ? mppe::Strength::bits56
                                    : mppe::Strength::bits40,
          (bits & Bits::kStateless) != 0};
}

mppe::StartKeys start_keys(const auth::KeyMaterial& keys, mppe::Strength strength,
                           mppe::Role role) {
  return std::visit(Overloaded{
                        [](const std::monostate&) -> mppe::StartKeys {
                          check(false);
                          return {};
                        },
                        [&](const auth::MsChapV1Keys& v1) {
                          // strengths_of() has no other strength where it is missing.
                          check(v1.lm_hash || strength == mppe::Strength::bits128);
                          const Secret<8> lm_hash = v1.lm_hash.value_or(Secret<8>());
                          return mppe::ms_chap_v1_start_keys(strength, lm_hash.reveal(),
                                                             v1.password_hash_hash, v1.challenge);
                        },
                        [&](const auth::MsChapV2Keys& v2) {
                          return mppe::start_keys(
                              mppe::master_key(v2.password_hash_hash, v2.nt_response), role);
                        },
                    },
                    keys);
}

}  // namespace upptpd::session
