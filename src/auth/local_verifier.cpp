#include "auth/local_verifier.hpp"

#include <utility>

#include "auth/user_name.hpp"

namespace upptpd::auth {

LocalVerifier::LocalVerifier(const crypto::Library& library, std::string server_name,
                             bool strip_domain)
    : library_(library), server_name_(std::move(server_name)), strip_domain_(strip_domain) {}

LoginVerdict LocalVerifier::verify(const LoginRequest& request, const SecretsFile& users) const {
  const SecretsEntry* entry = users.find_user(request.name, server_name_, strip_domain_).entry;
  if (entry == nullptr) {
    const bool elsewhere = users.has_client_for_other_server(request.name, server_name_) ||
                           (strip_domain_ && users.has_client_for_other_server(
                                                 without_domain(request.name), server_name_));
    return LoginRefused{elsewhere ? LoginFailure::other_server : LoginFailure::unknown_user};
  }
  const NtHash hash = nt_password_hash(library_, entry->secret.reveal());
  // The domain is never hashed, whatever the name was looked up as (RFC 2759 section 4).
  const auto challenge = challenge_hash(request.response.peer_challenge, request.challenge,
                                        without_domain(request.name));
  const NtResponse expected = challenge_response(library_, challenge, hash);
  if (!equal_in_constant_time(expected, request.response.nt_response)) {
    return LoginRefused{LoginFailure::wrong_password};
  }
  const Secret<16> hash_hash = hash_nt_password_hash(library_, hash);
  return LoginAccepted{
      entry->client == "*" ? std::string(without_domain(request.name)) : entry->client,
      authenticator_response(hash_hash, expected, challenge), KeyMaterial{hash_hash, expected}};
}

}  // namespace upptpd::auth
