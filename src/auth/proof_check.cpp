#include "auth/proof_check.hpp"

#include <algorithm>

#include "auth/user_name.hpp"

namespace upptpd::auth {
namespace {

LoginVerdict refused(LoginFailure failure) { return LoginRefused{failure}; }
LoginVerdict accepted(KeyMaterial keys, std::string success_message = {}) {
  LoginAccepted login;
  login.success_message = std::move(success_message);
  login.keys = std::move(keys);
  return login;
}

class ProofCheck {
 public:
  ProofCheck(const crypto::Library& library, std::string_view name, const UserSecret& secret)
      : library_(library), name_(name), secret_(secret) {}

  LoginVerdict operator()(const PapProof& proof) const {
    const SecretString* clear = secret_.clear();
    const bool right = clear != nullptr ? proof.password == *clear
                                        : nt_password_hash(library_, proof.password.reveal()) ==
                                              secret_.nt_hash(library_);
    return right ? accepted({}) : refused(LoginFailure::wrong_password);
  }

  LoginVerdict operator()(const ChapMd5Proof& proof) const {
    const SecretString* clear = secret_.clear();
    if (clear == nullptr) return refused(LoginFailure::needs_clear_secret);
    const auto expected =
        chap_md5_response(library_, proof.identifier, clear->reveal(), proof.challenge);
    return equal_in_constant_time(expected, proof.response) ? accepted({})
                                                            : refused(LoginFailure::wrong_password);
  }

  LoginVerdict operator()(const MsChapV1Proof& proof) const {
    if (proof.response.has_only_lm_response()) return refused(LoginFailure::lan_manager_only);
    const NtHash hash = secret_.nt_hash(library_);
    const NtResponse expected = challenge_response(library_, proof.challenge, hash);
    if (!equal_in_constant_time(expected, proof.response.nt_response)) {
      return refused(LoginFailure::wrong_password);
    }
    MsChapV1Keys keys{{}, hash_nt_password_hash(library_, hash), proof.challenge};
    if (const SecretString* clear = secret_.clear()) {
      const LmHash whole = lm_password_hash(library_, clear->reveal());
      std::ranges::copy(whole.reveal().first<8>(), keys.lm_hash.emplace().overwrite().begin());
    }
    return accepted(std::move(keys));
  }

  LoginVerdict operator()(const MsChapV2Proof& proof) const {
    return check_v2(proof.challenge, proof.response, secret_.nt_hash(library_));
  }

  // The new password answers the challenge, and is encrypted with the old one, which so is shown
  // too.
  LoginVerdict operator()(const NewPasswordProof& proof) const {
    const PasswordChange& change = proof.change;
    const NtHash old_hash = secret_.nt_hash(library_);
    auto password = decrypt_new_password(library_, change.encrypted_password, old_hash);
    if (!password) return refused(LoginFailure::wrong_password);
    const NtHash new_hash = nt_password_hash(library_, password->reveal());
    if (!old_hash_matches(library_, change.encrypted_hash, old_hash, new_hash)) {
      return refused(LoginFailure::wrong_password);
    }
    LoginVerdict verdict = check_v2(
        proof.challenge, MsChapV2Response{change.peer_challenge, change.nt_response}, new_hash);
    if (auto* login = std::get_if<LoginAccepted>(&verdict)) {
      login->new_password = std::move(*password);
    }
    return verdict;
  }

 private:
  LoginVerdict check_v2(const MsChapV2Challenge& challenge, const MsChapV2Response& response,
                        const NtHash& hash) const {
    // The domain is never hashed, whatever the name was looked up as (RFC 2759 section 4).
    const auto hashed = challenge_hash(response.peer_challenge, challenge, without_domain(name_));
    const NtResponse expected = challenge_response(library_, hashed, hash);
    if (!equal_in_constant_time(expected, response.nt_response)) {
      return refused(LoginFailure::wrong_password);
    }
    const Secret<16> hash_hash = hash_nt_password_hash(library_, hash);
    return accepted(MsChapV2Keys{hash_hash, expected},
                    authenticator_response(hash_hash, expected, hashed));
  }

  const crypto::Library& library_;
  std::string_view name_;
  const UserSecret& secret_;
};

}  // namespace

LoginVerdict check_proof(const crypto::Library& library, std::string_view name,
                         const LoginProof& proof, const UserSecret& secret) {
  return std::visit(ProofCheck(library, name, secret), proof);
}

}  // namespace upptpd::auth
