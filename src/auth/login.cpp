#include "auth/login.hpp"

namespace upptpd::auth {

std::string_view to_string(LoginFailure failure) {
  switch (failure) {
    case LoginFailure::unknown_user:
      return "no such user";
    case LoginFailure::other_server:
      return "the user exists, but not for this server name";
    case LoginFailure::wrong_password:
      return "wrong password";
    case LoginFailure::already_connected:
      return "the user is connected already (auth.same_user)";
    case LoginFailure::no_answer:
      return "the user database did not answer";
    case LoginFailure::refused_by_server:
      return "the server refused it";
    case LoginFailure::server_not_proved:
      return "the server could not prove that it knows the password";
  }
  return "?";
}

}  // namespace upptpd::auth
