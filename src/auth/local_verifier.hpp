// Judges logins by a secrets file.
#pragma once

#include <vector>

#include "auth/login.hpp"
#include "auth/login_hours.hpp"
#include "auth/secrets_file.hpp"

namespace upptpd::auth {

/// What holds for every user whose line says nothing else.
struct LoginRules {
  /// Compared with the second column.
  std::string server_name;
  bool strip_domain = true;
  /// In order of preference.
  std::vector<ppp::AuthMethod> methods = {ppp::AuthMethod::ms_chap_v2};
  ppp::EncryptionPolicy encryption{};
};

class LocalVerifier {
 public:
  /// `library` must outlive this.
  LocalVerifier(const crypto::Library& library, LoginRules rules)
      : library_(library), rules_(std::move(rules)) {}

  /// Pure: the same request, file and time give the same verdict. That a user may not log in now is
  /// said only to who has shown the right password.
  [[nodiscard]] LoginVerdict verify(const LoginRequest& request, const SecretsFile& users,
                                    const LocalTime& now) const;

  /// What is worth asking for before it is known who it is: each method by which some user may log
  /// in and can then be connected, in order of preference. Methods that leave no keys are none of
  /// it where encryption is required: a password would be given away for nothing.
  [[nodiscard]] std::vector<ppp::AuthMethod> methods_worth_asking(const SecretsFile& users) const;

  void set_rules(LoginRules rules) { rules_ = std::move(rules); }
  [[nodiscard]] const LoginRules& rules() const { return rules_; }
  /// What counts of the name that a client sent: without its domain, where that is stripped.
  [[nodiscard]] std::string_view user_name(std::string_view sent) const;

 private:
  [[nodiscard]] const std::vector<ppp::AuthMethod>& methods_of(const SecretsEntry& entry) const;
  [[nodiscard]] LoginVerdict judge(const LoginRequest& request, const SecretsEntry& entry,
                                   const LocalTime& now) const;

  const crypto::Library& library_;
  LoginRules rules_;
};

}  // namespace upptpd::auth
