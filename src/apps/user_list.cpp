#include "apps/user_list.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "auth/secrets_editor.hpp"

namespace upptpd::apps {
namespace {

/// In characters, as far as the text is UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

/// "-", which is how the column says it, where no address is permitted.
std::string addresses_of(const auth::SecretsEntry& user) {
  std::string text;
  for (const auth::AddressRule& rule : user.addresses) {
    if (!text.empty()) text += ' ';
    text += rule.to_string();
  }
  return text.empty() ? "-" : text;
}

/// What is stored, in a word.
std::string secret_of(const auth::SecretsEntry& user) {
  const std::string form = user.secret.clear() != nullptr ? "password" : "hash";
  return user.secret_path.empty() ? form : form + " in a file";
}

std::string words_of(const auth::SecretsEntry& user) {
  std::string text;
  for (const std::string& word : user.options.words()) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

std::string to_json(const auth::SecretsFile& users) {
  nlohmann::json list = nlohmann::json::array();
  for (const auth::SecretsEntry& user : users.entries()) {
    nlohmann::json addresses = nlohmann::json::array();
    for (const auth::AddressRule& rule : user.addresses) addresses.push_back(rule.to_string());
    list.push_back({{"name", user.client},
                    {"server", user.server},
                    {"addresses", addresses},
                    {"secret", secret_of(user)},
                    {"words", user.options.words()},
                    {"line", user.line}});
  }
  // Names need not be UTF-8.
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string to_table(const auth::SecretsFile& users) {
  using Row = std::array<std::string, 6>;
  std::vector<Row> rows{{"line", "name", "server", "addresses", "secret", "words"}};
  for (const auth::SecretsEntry& user : users.entries()) {
    rows.push_back({std::to_string(user.line), auth::as_word(user.client),
                    auth::as_word(user.server), addresses_of(user), secret_of(user),
                    words_of(user)});
  }
  std::array<std::size_t, std::tuple_size_v<Row> - 1> widths{};  // the last needs none
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string table;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      table += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
    }
    table += row.back();
    table.erase(table.find_last_not_of(' ') + 1);
    table += "\n";
  }
  return table;
}

}  // namespace upptpd::apps
