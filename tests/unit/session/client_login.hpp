// How a scripted client logs in with MS-CHAPv2.
#pragma once

#include <string>

#include "auth/ms_chap_v2.hpp"
#include "unit/session/client_profile.hpp"

namespace upptpd::session {

struct ClientLogin {
  /// The server's.
  auth::MsChapV2Challenge challenge{};
  auth::NtResponse nt_response{};
  Secret<16> hash_hash;
  /// What a server must say that knows the password.
  std::string expected_success;

  /// The data of a Response.
  Bytes respond(const crypto::Library& library, const ClientProfile& profile) {
    auth::MsChapV2Challenge peer_challenge;
    peer_challenge.fill(0x21);
    const std::string bare = profile.name.substr(profile.name.rfind('\\') + 1);
    const auto hash = auth::nt_password_hash(library, profile.password);
    const auto hashed = auth::challenge_hash(peer_challenge, challenge, bare);
    nt_response = auth::challenge_response(library, hashed, hash);
    hash_hash = auth::hash_nt_password_hash(library, hash);
    expected_success = auth::authenticator_response(hash_hash, nt_response, hashed);
    Bytes data{49};
    data.insert(data.end(), peer_challenge.begin(), peer_challenge.end());
    data.resize(data.size() + 8);
    data.insert(data.end(), nt_response.begin(), nt_response.end());
    data.push_back(0);
    data.insert(data.end(), profile.name.begin(), profile.name.end());
    return data;
  }
};

}  // namespace upptpd::session
