// Judges logins by a secrets file.
#pragma once

#include "auth/login.hpp"
#include "auth/secrets_file.hpp"

namespace upptpd::auth {

class LocalVerifier {
 public:
  /// `library` must outlive this. `server_name` is compared with the second column.
  LocalVerifier(const crypto::Library& library, std::string server_name, bool strip_domain);

  /// Pure: the same request and file give the same verdict.
  [[nodiscard]] LoginVerdict verify(const LoginRequest& request, const SecretsFile& users) const;

 private:
  const crypto::Library& library_;
  std::string server_name_;
  bool strip_domain_;
};

}  // namespace upptpd::auth
