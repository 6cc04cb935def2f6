#include "auth/secrets_file.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "auth/user_name.hpp"
#include "auth/word_lexer.hpp"

namespace upptpd::auth {
namespace {

using Severity = Diagnostic::Severity;

constexpr std::string_view kWildcard = "*";

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
          "and "
          "all users after this line are gone");
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
          "write "
          "two, as in DOMAIN\\\\bob");
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
    entry.secret = SecretString(std::move(words[2].text));
    entry.line = line_;
    const Columns columns = split(words);
    bool usable = check_secret(entry);
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

  bool check_secret(SecretsEntry& entry) {
    const std::string_view secret = entry.secret.reveal();
    if (std::max(entry.client.size(), entry.server.size()) > SecretsFile::kMaxName) {
      error("a name is longer than 256 octets: the line is left out");
      return false;
    }
    if (secret.starts_with(SecretsFile::kSecretFromFile)) {
      entry.secret_path = secret.substr(1);
      entry.secret = SecretString();
    } else if (secret.size() > SecretsFile::kMaxName) {
      error("the secret is longer than 256 octets: the line is left out");
      return false;
    } else if (secret.starts_with(SecretsFile::kHashedSecret)) {
      error("$NT$ secrets: not yet; the line is left out");
      return false;
    }
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

void SecretsFile::collect_fixed_addresses() {
  fixed_addresses_.clear();
  for (const SecretsEntry& entry : entries_) {
    if (const auto address = fixed_address(entry)) fixed_addresses_.insert(*address);
  }
}

void SecretsFile::sort_diagnostics() {
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
}

void SecretsFile::resolve_paths(const ReadSecret& read) {
  std::vector<SecretsEntry> resolved;
  resolved.reserve(entries_.size());
  for (SecretsEntry& entry : entries_) {
    if (!entry.secret_path.empty()) {
      Result<SecretString> secret = read(entry.secret_path);
      if (secret && secret->reveal().size() > kMaxName) {
        secret = fail("the secret in the file that @/... names is longer than 256 octets");
      }
      if (!secret) {
        diagnostics_.push_back(
            {Severity::error, entry.line, secret.error().message + "; the line is left out"});
        left_out_.push_back({std::move(entry.client), std::move(entry.server), entry.line});
        continue;
      }
      entry.secret = std::move(*secret);
    }
    resolved.push_back(std::move(entry));
  }
  entries_ = std::move(resolved);
  paths_resolved_ = true;
  collect_fixed_addresses();
  sort_diagnostics();
}

SecretsFile::Match SecretsFile::best(Clients clients, std::string_view client,
                                     std::string_view server) const {
  Match best;
  const auto consider = [&](const auto& line, const SecretsEntry* entry) {
    // A peer that calls itself `*` is nobody's name.
    const bool any_client = line.client == kWildcard;
    const bool any_server = line.server == kWildcard;
    if (any_client ? clients == Clients::named
                   : clients == Clients::wildcard || line.client != client) {
      return;
    }
    if (!any_server && line.server != server) return;
    const int rank = (any_client ? 0 : 2) + (any_server ? 0 : 1);
    if (rank > best.rank || (rank == best.rank && line.line < best.line)) {
      best = {rank, line.line, entry};
    }
  };
  for (const SecretsEntry& entry : entries_) {
    const bool has_secret = entry.secret_path.empty() || paths_resolved_;
    consider(entry, has_secret ? &entry : nullptr);
  }
  for (const LeftOut& line : left_out_) consider(line, nullptr);
  return best;
}

const SecretsEntry* SecretsFile::find(std::string_view client, std::string_view server) const {
  return best(Clients::all, client, server).entry;
}

const SecretsEntry* SecretsFile::find_named(std::string_view client,
                                            std::string_view server) const {
  return best(Clients::named, client, server).entry;
}

const SecretsEntry* SecretsFile::find_wildcard(std::string_view server) const {
  return best(Clients::wildcard, {}, server).entry;
}

SecretsFile::Found SecretsFile::find_user(std::string_view name, std::string_view server,
                                          bool strip_domain) const {
  Match match = best(Clients::named, name, server);
  if (match.rank < 0 && strip_domain) match = best(Clients::named, without_domain(name), server);
  if (match.rank < 0) match = best(Clients::wildcard, {}, server);
  return {match.entry, match.rank >= 0 && match.entry == nullptr};
}

std::optional<std::string_view> SecretsFile::other_server(std::string_view client,
                                                          std::string_view server) const {
  if (client == kWildcard) return {};
  for (const SecretsEntry& entry : entries_) {
    if (entry.client == client && entry.server != server && entry.server != kWildcard) {
      return entry.server;
    }
  }
  return {};
}

bool permits(const SecretsEntry& entry, Ipv4Address address) {
  return permits(entry.addresses, address);
}

std::optional<Ipv4Address> fixed_address(const SecretsEntry& entry) {
  for (const AddressRule& rule : entry.addresses) {
    // pppd would also take a denied address here, only to refuse it later.
    if (!rule.deny && rule.is_single_host() && permits(entry, rule.network.address)) {
      return rule.network.address;
    }
  }
  return {};
}

bool permits_any_address(const SecretsEntry& entry) {
  return std::any_of(entry.addresses.begin(), entry.addresses.end(),
                     [](const AddressRule& rule) { return !rule.deny; });
}

}  // namespace upptpd::auth
