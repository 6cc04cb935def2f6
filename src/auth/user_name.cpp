#include "auth/user_name.hpp"

namespace upptpd::auth {

std::string_view without_domain(std::string_view name) {
  // Where there is no backslash, npos + 1 is 0.
  return name.substr(name.rfind('\\') + 1);
}

}  // namespace upptpd::auth
