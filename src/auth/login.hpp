// A login's question and its answer: what the protocol asks of whoever knows the users.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "auth/chap_md5.hpp"
#include "auth/ms_chap_v1.hpp"
#include "auth/ms_chap_v2.hpp"
#include "auth/password_change.hpp"
#include "ppp/auth_method.hpp"
#include "ppp/encryption_policy.hpp"

namespace upptpd::auth {

/// What a client logs in with.
struct Credentials {
  /// As it is sent, with whatever domain.
  std::string user;
  SecretString password;
};

// What a client shows to be who it says, one for each method.
struct PapProof {
  SecretString password;
};
struct ChapMd5Proof {
  std::uint8_t identifier = 0;
  /// As we draw it; RFC 1994 has no size for it.
  std::array<std::uint8_t, 16> challenge{};
  ChapMd5Response response{};
};
struct MsChapV1Proof {
  MsChapV1Challenge challenge{};
  MsChapV1Response response;
};
struct MsChapV2Proof {
  MsChapV2Challenge challenge{};
  MsChapV2Response response;
};
/// MS-CHAPv2's Change-Password: the old password, and a new one that is good from now on.
struct NewPasswordProof {
  MsChapV2Challenge challenge{};
  PasswordChange change;
};
using LoginProof =
    std::variant<MsChapV2Proof, MsChapV1Proof, ChapMd5Proof, PapProof, NewPasswordProof>;

ppp::AuthMethod method_of(const LoginProof& proof);

/// What a client has shown. Answered at once by a file, later by something further away; the
/// protocol can't tell.
struct LoginRequest {
  /// As the client sent it, with whatever prefix.
  std::string name;
  LoginProof proof;
};

// What the MPPE keys of a session are made of; auth does not know MPPE.

/// RFC 3079 section 2.
struct MsChapV1Keys {
  /// The beginning of the LM hash, for 40 and 56 bits; none where only the NT hash is known.
  std::optional<Secret<8>> lm_hash;
  Secret<16> password_hash_hash;
  MsChapV1Challenge challenge{};
};
/// RFC 3079 section 3.
struct MsChapV2Keys {
  Secret<16> password_hash_hash;
  NtResponse nt_response{};
};
/// Nothing for methods that leave none.
using KeyMaterial = std::variant<std::monostate, MsChapV1Keys, MsChapV2Keys>;

/// The MppeBits of the strengths that there are keys for.
std::uint32_t strengths_of(const KeyMaterial& keys);

struct LoginAccepted {
  /// The name under which the user was found.
  std::string user;
  /// The text of the Success packet.
  std::string success_message{};
  KeyMaterial keys{};
  /// What this user may and must do about encryption.
  ppp::EncryptionPolicy encryption{};
  /// For a NewPasswordProof: what the owner has to store before it lets the client in.
  std::optional<SecretString> new_password{};
};

enum class LoginFailure : std::uint8_t {
  unknown_user,
  other_server,  // the name is there, but for another server
  wrong_password,
  lan_manager_only,    // the client sent no NT response
  needs_clear_secret,  // CHAP-MD5, and there is only the hash of the password
  method_not_allowed,  // not to this user
  outside_hours,       // the user's line has hours=
  disabled,            // the user's line says so
  password_expired,    // the user's line has expires=
  bad_new_password,    // a Change-Password that cannot be understood or stored
  unusable_entry,      // the user's line is wrong, so that nothing can be said
  already_connected,   // and the server does not take a user twice
  address_blocked,     // too many have failed from there; this one was not looked at
  no_answer,           // our own back end did not answer in time
  // As a client sees it.
  refused_by_server,
  server_not_proved  // it does not know the password
};

/// For the log, never for the client: many of these look the same from outside.
std::string_view to_string(LoginFailure failure);

/// The RAS error that the client's user sees, which is the E= of RFC 2759 section 6 too.
unsigned error_code(LoginFailure failure);

struct LoginRefused {
  LoginFailure failure = LoginFailure::wrong_password;
};

using LoginVerdict = std::variant<LoginAccepted, LoginRefused>;

}  // namespace upptpd::auth
