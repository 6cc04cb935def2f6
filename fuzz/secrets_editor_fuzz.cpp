// Any edit of any secrets file is refused, or does what it says and nothing else.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "auth/secrets_editor.hpp"
#include "auth/secrets_file.hpp"
#include "core/check.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::auth;

/// Need not be the password's real hash, only another one for (most) other passwords.
NtHash hash_of(const SecretString& password) {
  NtHash hash;
  for (std::size_t i = 0; i < password.reveal().size(); ++i) {
    hash.overwrite()[i % 16] ^= static_cast<std::uint8_t>(password.reveal()[i]);
  }
  return hash;
}

bool is_meant(const SecretsEntry& entry, const WhichLines& which) {
  return entry.client == which.name && (!which.server || entry.server == *which.server);
}

bool is_same(const SecretsEntry& a, const SecretsEntry& b) {
  return a.client == b.client && a.server == b.server && a.secret == b.secret &&
         a.secret_path == b.secret_path && a.addresses.size() == b.addresses.size() &&
         a.options.words() == b.options.words();
}

/// The lines of others, in their order.
std::vector<SecretsEntry> without(const SecretsFile& file, const WhichLines& which) {
  std::vector<SecretsEntry> others;
  for (const SecretsEntry& entry : file.entries()) {
    if (!is_meant(entry, which)) others.push_back(entry);
  }
  return others;
}

void check_others(const SecretsFile& before, const SecretsFile& after, const WhichLines& which) {
  check(std::ranges::equal(without(before, which), without(after, which), is_same));
}

void check_add(const std::string& text, const SecretsFile& before, const NewUser& user) {
  const auto edit = add_user(text, user);
  if (!edit) return;
  check(edit->text.reveal().starts_with(text));
  const SecretsFile after = SecretsFile::parse(edit->text.reveal());
  check_others(before, after, {user.name, user.server});
  const SecretsEntry& added = after.entries().back();
  check(added.client == user.name && added.server == user.server);
  check(added.secret == user.secret && added.secret_path.empty());
}

/// Every line of `before` that is meant is there yet, but for its secret and, perhaps, its expiry.
void check_words_kept(const SecretsFile& before, const SecretsFile& after, const WhichLines& which,
                      bool lifts_expiry) {
  for (const SecretsEntry& entry : before.entries()) {
    if (!is_meant(entry, which)) continue;
    UserOptions options = entry.options;
    if (lifts_expiry) options.expires.reset();
    check(std::ranges::any_of(after.entries(), [&](const SecretsEntry& other) {
      return is_meant(other, which) && other.server == entry.server &&
             other.addresses.size() == entry.addresses.size() &&
             other.options.words() == options.words();
    }));
  }
}

void check_change(const std::string& text, const SecretsFile& before, const WhichLines& which,
                  const NewPassword& password) {
  const auto edit = set_password(text, which, password);
  if (!edit) return;
  check(!edit->lines.empty());
  const SecretsFile after = SecretsFile::parse(edit->text.reveal());
  check_others(before, after, which);
  check(after.entries().size() >= before.entries().size());
  check_words_kept(before, after, which, password.lifts_expiry);
  for (const SecretsEntry& entry : after.entries()) {
    if (!is_meant(entry, which)) continue;
    const bool hashed = entry.secret.clear() == nullptr;
    check(entry.secret_path.empty());
    check(entry.secret == (hashed ? UserSecret(password.hash) : UserSecret(password.clear)));
    check(password.form == NewPassword::Form::as_before ||
          hashed == (password.form == NewPassword::Form::hashed));
    check(!password.lifts_expiry || !entry.options.expires);
  }
}

void check_removal(const std::string& text, const SecretsFile& before, const WhichLines& which) {
  const auto edit = remove_user(text, which);
  if (!edit) return;
  check(edit->text.reveal().size() < text.size());
  const SecretsFile after = SecretsFile::parse(edit->text.reveal());
  check_others(before, after, which);
  check(without(after, which).size() == after.entries().size());
}

}  // namespace

/// The first line is the name, the second the password, the rest the file. A name that is empty
/// stands for the first user of the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  const auto take_line = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line = text.substr(0, end);
    text.erase(0, end + 1);
    return line;
  };
  std::string name = take_line();
  const SecretString password(take_line());
  const SecretsFile before = SecretsFile::parse(text);
  if (name.empty() && !before.entries().empty()) name = before.entries()[0].client;

  NewUser user;
  user.name = name;
  user.secret = UserSecret(password);
  check_add(text, before, user);
  user.secret = UserSecret(hash_of(password));
  check_add(text, before, user);

  using Form = NewPassword::Form;
  for (const Form form : {Form::as_before, Form::clear, Form::hashed}) {
    const NewPassword given{password, hash_of(password), form, false};
    check_change(text, before, {name, {}}, given);
    check_change(text, before, {name, "*"}, given);
  }
  const NewPassword renewed{password, hash_of(password), Form::as_before, true};
  check_change(text, before, {name, "*"}, renewed);
  check_removal(text, before, {name, {}});
  check_removal(text, before, {name, "*"});
  return 0;
}
