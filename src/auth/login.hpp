// A login's question and its answer: what the protocol asks of whoever knows the users.
#pragma once

#include <string>
#include <variant>

#include "auth/ms_chap_v2.hpp"
#include "ppp/auth_method.hpp"

namespace upptpd::auth {

/// What a client logs in with.
struct Credentials {
  /// As it is sent, with whatever domain.
  std::string user;
  SecretString password;
};

/// What a client has shown. Answered at once by a file, later by something further away; the
/// protocol can't tell.
struct LoginRequest {
  ppp::AuthMethod method = ppp::AuthMethod::ms_chap_v2;
  /// As the client sent it, with whatever prefix.
  std::string name;
  MsChapV2Challenge challenge{};
  MsChapV2Response response;
};

/// What the MPPE keys of a session are made of (RFC 3079 section 3); auth does not know MPPE.
struct KeyMaterial {
  Secret<16> password_hash_hash;
  NtResponse nt_response{};
};

struct LoginAccepted {
  /// The name under which the user was found.
  std::string user;
  /// The text of the Success packet.
  std::string success_message;
  KeyMaterial keys;
};

enum class LoginFailure : std::uint8_t {
  unknown_user,
  other_server,  // the name is there, but for another server
  wrong_password,
  already_connected,  // and the server does not take a user twice
  no_answer,          // our own back end did not answer in time
  // As a client sees it.
  refused_by_server,
  server_not_proved  // it does not know the password
};

/// For the log, never for the client: all of these but the last look the same from outside.
std::string_view to_string(LoginFailure failure);

struct LoginRefused {
  LoginFailure failure = LoginFailure::wrong_password;
};

using LoginVerdict = std::variant<LoginAccepted, LoginRefused>;

}  // namespace upptpd::auth
