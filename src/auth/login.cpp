#include "auth/login.hpp"

#include "core/queue.hpp"

namespace upptpd::auth {

ppp::AuthMethod method_of(const LoginProof& proof) {
  return std::visit(Overloaded{
                        [](const PapProof&) { return ppp::AuthMethod::pap; },
                        [](const ChapMd5Proof&) { return ppp::AuthMethod::chap_md5; },
                        [](const MsChapV1Proof&) { return ppp::AuthMethod::ms_chap_v1; },
                        [](const MsChapV2Proof&) { return ppp::AuthMethod::ms_chap_v2; },
                        [](const NewPasswordProof&) { return ppp::AuthMethod::ms_chap_v2; },
                    },
                    proof);
}

std::uint32_t strengths_of(const KeyMaterial& keys) {
  using Bits = ppp::MppeBits;
  return std::visit(Overloaded{
                        [](const std::monostate&) { return std::uint32_t{0}; },
                        [](const MsChapV1Keys& v1) {
                          return v1.lm_hash ? Bits::kStrengths : std::uint32_t{Bits::k128};
                        },
                        [](const MsChapV2Keys&) { return std::uint32_t{Bits::kStrengths}; },
                    },
                    keys);
}

std::string_view to_string(LoginFailure failure) {
  switch (failure) {
    case LoginFailure::unknown_user:
      return "no such user";
    case LoginFailure::other_server:
      return "the user exists, but not for this server name";
    case LoginFailure::wrong_password:
      return "wrong password";
    case LoginFailure::lan_manager_only:
      return "the client sent only a LAN Manager response, which is not taken: it needs DUN 1.3 or "
             "later, or another method";
    case LoginFailure::needs_clear_secret:
      return "CHAP-MD5 needs the password itself, and the secrets file has only its hash ($NT$)";
    case LoginFailure::method_not_allowed:
      return "the password is right, but the user may not log in by this method (auth=)";
    case LoginFailure::outside_hours:
      return "the password is right, but not at this hour (hours=)";
    case LoginFailure::disabled:
      return "the password is right, but the user is disabled";
    case LoginFailure::password_expired:
      return "the password is right, but has expired (expires=)";
    case LoginFailure::bad_new_password:
      return "the new password could not be stored";
    case LoginFailure::unusable_entry:
      return "the user's line in the secrets file cannot be used: upptpd check says why";
    case LoginFailure::already_connected:
      return "the user is connected already (auth.same_user)";
    case LoginFailure::address_blocked:
      return "too many logins from this address have failed, so that it is blocked for a while "
             "(limits.login_failures)";
    case LoginFailure::no_answer:
      return "the user database did not answer";
    case LoginFailure::refused_by_server:
      return "the server refused it";
    case LoginFailure::server_not_proved:
      return "the server could not prove that it knows the password";
  }
  return "?";
}

unsigned error_code(LoginFailure failure) {
  switch (failure) {
    case LoginFailure::unknown_user:
    case LoginFailure::other_server:
    case LoginFailure::wrong_password:
    case LoginFailure::lan_manager_only:
    case LoginFailure::address_blocked:
    case LoginFailure::refused_by_server:
    case LoginFailure::server_not_proved:
      break;
    case LoginFailure::outside_hours:
      return 646;
    case LoginFailure::disabled:
      return 647;
    case LoginFailure::password_expired:
      return 648;
    // Not 691 where the password is right: it would make Windows forget it.
    case LoginFailure::method_not_allowed:
    case LoginFailure::already_connected:
      return 649;
    case LoginFailure::bad_new_password:
      return 709;
    case LoginFailure::needs_clear_secret:
    case LoginFailure::unusable_entry:
    case LoginFailure::no_answer:
      return 930;
  }
  return 691;
}

}  // namespace upptpd::auth
