#include "auth/local_verifier.hpp"

#include <algorithm>
#include <utility>

#include "auth/proof_check.hpp"
#include "auth/user_name.hpp"

namespace upptpd::auth {
namespace {

using ppp::AuthMethod;

/// Why a user who has shown the right password must not log in with it now, if there is a reason.
std::optional<LoginFailure> obstacle(const UserOptions& options, const LoginProof& proof,
                                     const LocalTime& now) {
  if (options.disabled) return LoginFailure::disabled;
  if (options.hours && !options.hours->permits(now)) return LoginFailure::outside_hours;
  // Who has just chosen another password has one that is good.
  const bool renews = std::holds_alternative<NewPasswordProof>(proof);
  if (options.expires && now.date > *options.expires && !renews) {
    return LoginFailure::password_expired;
  }
  return {};
}

/// Costs as much to compare with as a user's.
const UserSecret& nobodys_secret() {
  static const UserSecret secret(SecretString("as long as many"));
  return secret;
}

}  // namespace

const std::vector<AuthMethod>& LocalVerifier::methods_of(const SecretsEntry& entry) const {
  return entry.options.methods.empty() ? rules_.methods : entry.options.methods;
}

std::string_view LocalVerifier::user_name(std::string_view sent) const {
  return rules_.strip_domain ? without_domain(sent) : sent;
}

LoginVerdict LocalVerifier::verify(const LoginRequest& request, const SecretsFile& users,
                                   const LocalTime& now) const {
  const std::string_view name = user_name(request.name);
  // No line can name these, but a `*` line would take them. Who has no name cannot be told from
  // nobody, and what runs by one with a NUL would read half of it.
  const bool is_a_name = !name.empty() && request.name.find('\0') == std::string::npos;
  const auto found = users.find_user(request.name, rules_.server_name, rules_.strip_domain);
  if (found.entry != nullptr && is_a_name) return judge(request, *found.entry, now);
  // As long as for a user: nobody shall tell by the time who is one.
  static_cast<void>(check_proof(library_, request.name, request.proof, nobodys_secret()));
  if (!is_a_name) return LoginRefused{LoginFailure::unknown_user};
  if (found.left_out) return LoginRefused{LoginFailure::unusable_entry};
  const bool elsewhere = users.has_client_for_other_server(request.name, rules_.server_name) ||
                         users.has_client_for_other_server(name, rules_.server_name);
  return LoginRefused{elsewhere ? LoginFailure::other_server : LoginFailure::unknown_user};
}

LoginVerdict LocalVerifier::judge(const LoginRequest& request, const SecretsEntry& entry,
                                  const LocalTime& now) const {
  LoginVerdict verdict = check_proof(library_, request.name, request.proof, entry.secret);
  auto* login = std::get_if<LoginAccepted>(&verdict);
  if (login == nullptr) return verdict;
  if (std::ranges::count(methods_of(entry), method_of(request.proof)) == 0) {
    return LoginRefused{LoginFailure::method_not_allowed};
  }
  if (const auto failure = obstacle(entry.options, request.proof, now)) {
    return LoginRefused{*failure};
  }
  login->user = entry.client == "*" ? std::string(user_name(request.name)) : entry.client;
  login->encryption = entry.options.applied_to(rules_.encryption);
  return verdict;
}

std::vector<AuthMethod> LocalVerifier::methods_worth_asking(const SecretsFile& users) const {
  std::vector<AuthMethod> worth;
  const auto add = [&](const std::vector<AuthMethod>& methods,
                       const ppp::EncryptionPolicy& encryption) {
    for (const AuthMethod method : methods) {
      const bool of_use = ppp::yields_keys(method) || !encryption.required();
      if (of_use && std::ranges::count(worth, method) == 0) worth.push_back(method);
    }
  };
  add(rules_.methods, rules_.encryption);
  for (const SecretsEntry& entry : users.entries()) {
    add(methods_of(entry), entry.options.applied_to(rules_.encryption));
  }
  // Whoever can log in, does, unless the configuration has it first that nobody is asked.
  if (!worth.empty() && worth.front() != AuthMethod::none) {
    // Not the one of std::ranges: clang 14 trips over its subrange.
    std::stable_partition(worth.begin(), worth.end(),
                          [](AuthMethod method) { return method != AuthMethod::none; });
  }
  return worth;
}

}  // namespace upptpd::auth
