#include "auth/chap_md5.hpp"

namespace upptpd::auth {

ChapMd5Response chap_md5_response(const crypto::Library& library, std::uint8_t identifier,
                                  std::string_view secret, View challenge) {
  return crypto::md5(library, {View(&identifier, 1), as_view(secret), challenge});
}

}  // namespace upptpd::auth
