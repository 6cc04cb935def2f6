#include "config/weaker_choices.hpp"

#include <string_view>

namespace upptpd::config {
namespace {

using ppp::AuthMethod;
using ppp::MppeBits;
using Requirement = ppp::EncryptionPolicy::Requirement;

/// Empty for what is not weaker, here and below.
std::string_view meaning_of(AuthMethod method) {
  switch (method) {
    case AuthMethod::ms_chap_v2:
      break;
    case AuthMethod::ms_chap_v1:
      return "the server does not show that it knows the password, and both directions are "
             "encrypted with the same key";
    case AuthMethod::chap_md5:
      return "needs passwords in clear on disk, and gives no encryption";
    case AuthMethod::pap:
      return "the password crosses the network in clear, and there is no encryption";
    case AuthMethod::none:
      return "anybody is let in, nobody is asked who he is";
  }
  return {};
}

std::string_view meaning_of(Requirement requirement) {
  switch (requirement) {
    case Requirement::require:
      break;
    case Requirement::prefer:
      return "packets pass in clear where the client does not encrypt, or where somebody on the "
             "way makes it look so";
    case Requirement::allow:
      return "packets pass in clear unless the client asks for encryption";
    case Requirement::off:
      return "all packets pass in clear";
  }
  return {};
}

struct Strength {
  std::uint32_t bit;
  std::string_view value;
  std::string_view meaning;
};

constexpr Strength kWeakStrengths[] = {
    {MppeBits::k56, "56", "RC4 with 56 bits falls to anybody who rents some computers"},
    {MppeBits::k40, "40", "RC4 with 40 bits falls to anybody with a PC"}};

class Collector {
 public:
  /// `line` as in WeakerChoice.
  explicit Collector(std::vector<WeakerChoice>& choices, unsigned line = 0)
      : choices_(choices), line_(line) {}

  void add(std::string_view setting, std::string_view value, std::string_view meaning) {
    if (meaning.empty()) return;
    choices_.push_back({line_, std::string(setting), std::string(value), std::string(meaning)});
  }

  void methods(std::string_view setting, const std::vector<AuthMethod>& methods) {
    for (const AuthMethod method : methods) {
      add(setting, ppp::word_for(method), meaning_of(method));
    }
  }

  void requirement(std::string_view setting, Requirement requirement) {
    add(setting, ppp::to_string(requirement), meaning_of(requirement));
  }

  void strengths(std::string_view setting, std::uint32_t strengths) {
    for (const Strength& weak : kWeakStrengths) {
      if ((strengths & weak.bit) != 0) add(setting, weak.value, weak.meaning);
    }
  }

  void stateful(std::string_view setting, bool stateful) {
    if (!stateful) return;
    add(setting, "true",
        "the same key stream may encrypt two packets, and one lost packet costs all that follow "
        "until the peer hears of it");
  }

 private:
  std::vector<WeakerChoice>& choices_;
  unsigned line_;
};

}  // namespace

std::string WeakerChoice::to_string() const { return setting + " = " + value + ": " + message; }

std::vector<UserLine> user_lines(const auth::SecretsFile& users) {
  std::vector<UserLine> lines;
  lines.reserve(users.entries().size());
  for (const auth::SecretsEntry& entry : users.entries())
    lines.push_back({entry.line, entry.options});
  return lines;
}

std::vector<WeakerChoice> weaker_choices(const Config& config, std::span<const UserLine> users) {
  std::vector<WeakerChoice> choices;
  Collector collector(choices);
  if (config.server.user.empty()) {
    collector.add(
        "server.user", "",
        "the server stays root after a start as root: the files of this host are in reach "
        "of whoever gets into it");
  }
  collector.methods("auth.methods", config.auth.methods);
  if (config.auth.retries != 0) {
    collector.add("auth.retries", std::to_string(config.auth.retries),
                  "more guesses at a password on each call");
  }
  if (config.auth.password_change) {
    collector.add("auth.password_change", "true",
                  "whoever knows an expired password can set a new one, and the server can write "
                  "the secrets file");
  }
  collector.requirement("encryption.policy", config.encryption.requirement);
  collector.strengths("encryption.strengths", config.encryption.strengths);
  collector.stateful("encryption.stateful", config.encryption.stateful);
  if (config.limits.login_failures == 0) {
    collector.add("limits.login_failures", "0", "passwords can be guessed at without an end");
  }
  for (const UserLine& user : users) {
    Collector of_user(choices, user.line);
    of_user.methods("auth", user.options.methods);
    of_user.requirement("encryption", user.options.requirement.value_or(Requirement::require));
    of_user.strengths("strengths", user.options.strengths.value_or(0));
    of_user.stateful("stateful", user.options.stateful);
  }
  return choices;
}

}  // namespace upptpd::config
