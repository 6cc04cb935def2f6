// Changes to the text of a chap-secrets file. What is not meant keeps every octet: comments, order,
// blanks, line ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/user_secret.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"

namespace upptpd::auth {

struct NewUser {
  std::string name;
  UserSecret secret;
  std::string server = "*";
  /// The words of the address column.
  std::vector<std::string> addresses = {"*"};
};

/// A password in both forms in which it can be stored.
struct NewPassword {
  enum class Form : std::uint8_t {
    as_before,  // a hash in the place of a hash, otherwise the password itself
    clear,
    hashed
  };
  SecretString clear;
  NtHash hash;
  Form form = Form::as_before;
  /// Whether the words expires= go too.
  bool lifts_expiry = false;
};

/// Which lines are meant: those whose client is exactly this name, for every server or for one.
struct WhichLines {
  std::string name;
  std::optional<std::string> server;
};

struct SecretsEdit {
  /// The whole file.
  SecretString text;
  /// The lines that were changed or removed, by their numbers before.
  std::vector<unsigned> lines;
  /// What else a person should know. Without secrets.
  std::vector<std::string> notes;
};

// These fail, and say why, where the user does not fit (or does already, or does not exist), where
// the file cannot express what is wanted, and where a quote is open at its end. Whatever succeeds
// was read back: the file has the change and nothing else has changed.

/// A line at the end. `*`, which is anybody, is refused.
Result<SecretsEdit> add_user(std::string_view text, const NewUser& user);

/// Another secret on the lines of that name, in place of the word that is there.
Result<SecretsEdit> set_password(std::string_view text, const WhichLines& which,
                                 const NewPassword& password);

/// Takes the lines away, with the lines joined to them and the comment behind them.
Result<SecretsEdit> remove_user(std::string_view text, const WhichLines& which);

/// Written so that WordLexer reads these octets. They must not contain a NUL.
std::string as_word(std::string_view octets);

}  // namespace upptpd::auth
