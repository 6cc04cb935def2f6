#include "apps/user_command.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <string_view>

#include "apps/password_prompt.hpp"
#include "apps/user_list.hpp"
#include "server/secrets_store.hpp"
#include "server/secrets_writer.hpp"

namespace upptpd::apps {
namespace {

using server::SecretsWriter;

/// In both forms in which it can be stored.
auth::NewPassword both_forms(const crypto::Library& library, const SecretString& password) {
  return {.clear = password, .hash = auth::nt_password_hash(library, password.reveal())};
}

using PasswordChange = std::function<Result<auth::SecretsEdit>(std::string_view text,
                                                               const auth::NewPassword& password)>;

Result<auth::SecretsEdit> apply_with_password(const SecretsWriter& writer, const std::string& user,
                                              const PasswordChange& change) {
  const auto library = crypto::Library::load();
  if (!library) return tl::unexpected<Error>(library.error());
  // Nobody is asked for a password that is of no use then.
  auto attempt = writer.attempt([&](std::string_view text) {
    return change(text, both_forms(*library, SecretString("any password")));
  });
  if (!attempt) return attempt;
  const auto password = ask_password(user, Password::fresh);
  if (!password) return tl::unexpected<Error>(password.error());
  const auth::NewPassword forms = both_forms(*library, *password);
  return writer.apply([&](std::string_view text) { return change(text, forms); });
}

/// " on line 3", " on 2 lines: 3, 7", or nothing.
std::string on_lines(const std::vector<unsigned>& lines) {
  if (lines.empty()) return {};
  std::string text =
      lines.size() == 1 ? " on line " : " on " + std::to_string(lines.size()) + " lines: ";
  for (const unsigned line : lines) {
    if (line != lines.front()) text += ", ";
    text += std::to_string(line);
  }
  return text;
}

}  // namespace

UserCommand::UserCommand(CLI::App& user) {
  user.require_subcommand(1);
  user.add_option("--secrets", secrets_,
                  "The secrets file, instead of the one that the configuration names");
  const auto subcommand = [&](const char* name, const char* description) {
    return user.add_subcommand(name, description)->fallthrough();
  };
  add_ = subcommand("add", "Add a user, with a password that is asked for");
  passwd_ = subcommand("passwd", "Change the password of a user");
  auto* remove = subcommand("remove", "Remove a user");
  list_ = subcommand("list", "List the users, without their passwords");
  for (auto* command : {add_, passwd_, remove}) {
    command->add_option("NAME", name_, "The name of the user")->required();
  }
  add_->add_option("--server", server_, "Only for the server of this server_name");
  for (auto* command : {passwd_, remove}) {
    command->add_option("--server", server_, "Only the line for this server");
  }
  add_->add_option("--address", addresses_,
                   "An address or network that the user may have; may be repeated")
      ->allow_extra_args(false)
      ->take_all();
  for (auto* command : {add_, passwd_}) {
    command->add_flag("--nt-hash", as_hash_,
                      "Store the NT hash of the password ($NT$) and not the password itself");
  }
  passwd_
      ->add_flag("--clear", as_clear_,
                 "Store the password itself where there was its hash; otherwise a hash is replaced "
                 "by a hash")
      ->excludes("--nt-hash");
  list_->add_flag("--json", as_json_, "As a JSON array");
}

int UserCommand::run(const std::string& path) const {
  if (*list_) return list(path);
  const auto edit = *add_ ? add(path) : *passwd_ ? set_password(path) : remove(path);
  if (!edit) {
    std::cerr << "upptpd: " << edit.error().message << "\n";
    return 1;
  }
  for (const std::string& note : edit->notes) std::cout << note << "\n";
  std::cout << (*add_      ? "added "
                : *passwd_ ? "changed the password of "
                           : "removed ")
            << name_ << on_lines(edit->lines) << "\n";
  return 0;
}

Result<auth::SecretsEdit> UserCommand::add(const std::string& path) const {
  return apply_with_password(
      SecretsWriter(path, SecretsWriter::IfMissing::create), name_,
      [&](std::string_view text, const auth::NewPassword& password) {
        const auto secret =
            as_hash_ ? auth::UserSecret(password.hash) : auth::UserSecret(password.clear);
        return auth::add_user(text, {name_, secret, server_.value_or("*"), addresses_});
      });
}

Result<auth::SecretsEdit> UserCommand::set_password(const std::string& path) const {
  return apply_with_password(
      SecretsWriter(path), name_, [&](std::string_view text, const auth::NewPassword& password) {
        using Form = auth::NewPassword::Form;
        auth::NewPassword stored = password;
        stored.form = as_hash_ ? Form::hashed : as_clear_ ? Form::clear : Form::as_before;
        return auth::set_password(text, {name_, server_}, stored);
      });
}

Result<auth::SecretsEdit> UserCommand::remove(const std::string& path) const {
  return SecretsWriter(path).apply([&](std::string_view text) {
    return auth::remove_user(text, {name_, server_});
  });
}

int UserCommand::list(const std::string& path) const {
  auto secrets = server::SecretsStore::open(path);
  if (!secrets) {
    std::cerr << "upptpd: " << secrets.error().message << "\n";
    return 1;
  }
  for (const auto& notice : secrets->take_notices()) std::cerr << notice.message << "\n";
  const auto users = secrets->current();
  std::cout << (as_json_ ? to_json(*users) : to_table(*users));
  return 0;
}

}  // namespace upptpd::apps
