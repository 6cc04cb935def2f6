#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "auth/secrets_file.hpp"
#include "auth/word_lexer.hpp"

namespace upptpd::auth {
namespace {

using Severity = Diagnostic::Severity;

bool is_backslash_slip(const Word& word) { return word.control_from_escape || word.escaped_letter; }

}  // namespace

/// Builds a SecretsFile line by line.
class SecretsParser {
 public:
  explicit SecretsParser(std::string_view text) : lexer_(text) {}

  SecretsFile run() {
    while (auto line = lexer_.next_line()) read_line(line->words);
    if (const auto line = lexer_.unterminated_quote()) {
      add(Severity::warning, *line,
          "a quote opens here and is never closed: everything to the end of the file is one word, "
          "and all users after this line are gone");
    }
    file_.collect_fixed_addresses();
    file_.sort_diagnostics();
    return std::move(file_);
  }

 private:
  void add(Severity severity, unsigned line, std::string message) {
    file_.diagnostics_.push_back({severity, line, std::move(message)});
  }
  void error(std::string message) { add(Severity::error, line_, std::move(message)); }
  void warning(std::string message) { add(Severity::warning, line_, std::move(message)); }

  void read_line(std::vector<Word>& words) {
    line_ = words.front().line;
    if (words.size() < 3) {
      error("a line needs at least three words: client server secret, and then the addresses");
    } else {
      warn_about_words(words);
      warn_about_duplicate(words[0].text, words[1].text);
      build_entry(words);
    }
  }

  void warn_about_words(std::span<const Word> words) {
    if (is_backslash_slip(words[0]) || is_backslash_slip(words[1])) {
      warning(
          "a backslash in a name has changed the letter or digit after it: to mean a backslash, "
          "write two, as in DOMAIN\\\\bob");
    }
    if (std::any_of(words.begin(), words.end(), [](const Word& w) { return w.truncated; })) {
      warning("a word is longer than " + std::to_string(WordLexer::kMaxWord) +
              " octets: the rest of it is ignored");
    }
    if (std::any_of(words.begin(), words.end(), [](const Word& w) { return w.cut_at_nul; })) {
      warning("a word contains a NUL octet: the rest of it is ignored");
    }
  }

  void warn_about_duplicate(const std::string& client, const std::string& server) {
    const auto [first, is_new] = lines_.try_emplace(std::pair(client, server), line_);
    if (!is_new) {
      warning("never used: line " + std::to_string(first->second) +
              " has the same client and server, and the first such line counts");
    }
  }

  void build_entry(std::vector<Word>& words) {
    SecretsEntry entry;
    entry.client = std::move(words[0].text);
    entry.server = std::move(words[1].text);
    entry.line = line_;
    bool usable = check_names(entry);
    usable = read_secret(entry, SecretString(std::move(words[2].text))) && usable;
    const Columns columns = split(words);
    usable = read_options(entry, columns) && usable;
    usable = read_addresses(entry, columns.addresses) && usable;
    if (usable) {
      file_.entries_.push_back(std::move(entry));
    } else {
      file_.left_out_.push_back({std::move(entry.client), std::move(entry.server), entry.line});
    }
  }

  /// What follows the secret.
  struct Columns {
    std::vector<std::string> addresses;
    bool has_dashes = false;
    std::vector<std::string> options;
  };

  static Columns split(std::vector<Word>& words) {
    Columns columns;
    for (Word& word : std::span(words).subspan(3)) {
      if (!columns.has_dashes && word.text == "--") {
        columns.has_dashes = true;
      } else {
        (columns.has_dashes ? columns.options : columns.addresses).push_back(std::move(word.text));
      }
    }
    return columns;
  }

  bool check_names(const SecretsEntry& entry) {
    if (std::max(entry.client.size(), entry.server.size()) <= SecretsFile::kMaxName) return true;
    error("a name is longer than 256 octets: the line is left out");
    return false;
  }

  bool read_secret(SecretsEntry& entry, SecretString word) {
    if (word.reveal().starts_with(SecretsFile::kSecretFromFile)) {
      entry.secret_path = word.reveal().substr(1);
      return true;
    }
    if (word.reveal().size() > SecretsFile::kMaxName) {
      error("the secret is longer than 256 octets: the line is left out");
      return false;
    }
    auto secret = UserSecret::from_word(std::move(word));
    if (!secret) {
      error(secret.error().message + ": the line is left out");
      return false;
    }
    entry.secret = std::move(*secret);
    return true;
  }

  bool read_options(SecretsEntry& entry, const Columns& columns) {
    auto options = parse_user_options(columns.options);
    if (!options) {
      error(options.error().message + "; the line is left out, so that no restriction is lost");
      return false;
    }
    entry.options = std::move(*options);
    if (columns.has_dashes && columns.options.empty()) warning("nothing stands after --");
    if (entry.options.contradict()) {
      warning(
          "nobody can log in with this line: encryption=require needs a method in auth= that "
          "yields keys, mschapv2 or mschap");
    }
    if (lacks_the_password(entry)) warning(std::string(kLacksThePassword));
    return true;
  }

  bool read_addresses(SecretsEntry& entry, std::span<const std::string> words) {
    if (words.empty()) {
      warning(
          "the address column is missing, so that no address is permitted and nobody can log in "
          "with this line: write * after the secret to permit all");
    }
    AddressColumn column = parse_address_column(words);
    for (std::string& message : column.errors) error(std::move(message));
    for (std::string& message : column.warnings) warning(std::move(message));
    if (column.lost_a_denial) {
      error(
          "an item with ! is not understood: the line is left out, so that no restriction is lost");
    }
    entry.addresses = std::move(column.rules);
    return !column.lost_a_denial;
  }

  WordLexer lexer_;
  SecretsFile file_;
  unsigned line_ = 0;
  /// The first line of each client and server.
  std::map<std::pair<std::string, std::string>, unsigned> lines_;
};

SecretsFile SecretsFile::parse(std::string_view text) { return SecretsParser(text).run(); }

}  // namespace upptpd::auth
