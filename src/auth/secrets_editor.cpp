#include "auth/secrets_editor.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "auth/address_rule.hpp"
#include "auth/secrets_file.hpp"
#include "auth/word_lexer.hpp"

namespace upptpd::auth {
namespace {

// The words of a line; then come the addresses.
constexpr std::size_t kClient = 0;
constexpr std::size_t kServer = 1;
constexpr std::size_t kSecret = 2;

/// The lines of a file; nothing behind an open quote could be told from it.
Result<std::vector<Line>> read_lines(std::string_view text) {
  WordLexer lexer(text);
  std::vector<Line> lines;
  while (auto line = lexer.next_line()) lines.push_back(std::move(*line));
  if (const auto line = lexer.unterminated_quote()) {
    return fail("line " + std::to_string(*line) +
                " opens a quote that is never closed, so that the rest of the file is one word: "
                "close it first");
  }
  return lines;
}

bool is_meant(const Line& line, const WhichLines& which) {
  return line.words.size() > kSecret && line.words[kClient].text == which.name &&
         (!which.server || line.words[kServer].text == *which.server);
}

/// The same words, however they are written.
bool says_the_same(const Line& a, const Line& b) {
  return std::ranges::equal(a.words, b.words, {}, &Word::text, &Word::text);
}

/// The edit, if its text reads back as these lines. The net under everything that an editor of
/// lines can overlook, such as a backslash at the end of the file.
Result<SecretsEdit> verified(SecretsEdit edit, const std::vector<Line>& expected) {
  const auto lines = read_lines(edit.text.reveal());
  if (lines && std::ranges::equal(*lines, expected, says_the_same)) return edit;
  return fail(
      "the file would not read back as meant, so it stays as it is: is there a stray backslash or "
      "quote near the change?");
}

/// The same, if also all lines that are meant and can be used (so many at least) have one of these
/// secrets.
Result<SecretsEdit> verified(SecretsEdit edit, const std::vector<Line>& expected,
                             const WhichLines& which, std::span<const UserSecret> secrets,
                             std::size_t at_least) {
  auto result = verified(std::move(edit), expected);
  if (!result) return result;
  const SecretsFile file = SecretsFile::parse(result->text.reveal());
  std::size_t count = 0;
  bool good = true;
  for (const SecretsEntry& entry : file.entries()) {
    if (entry.client != which.name || (which.server && entry.server != *which.server)) continue;
    ++count;
    good = good && entry.secret_path.empty() && std::ranges::count(secrets, entry.secret) > 0;
  }
  if (good && count >= at_least) return result;
  return fail("the user would not have this password, so the file stays as it is");
}

/// Octets of a text, and what stands in their place.
struct Part {
  std::size_t begin;
  std::size_t end;
  SecretString word{};
};

/// The parts are in order.
SecretString replaced(std::string_view text, std::span<const Part> parts) {
  std::size_t room = text.size();
  for (const Part& part : parts) room += part.word.reveal().size();
  std::string out;
  // At once, so that no growing leaves copies of secrets behind.
  out.reserve(room);
  std::size_t position = 0;
  for (const Part& part : parts) {
    out += text.substr(position, part.begin - position);
    out += part.word.reveal();
    position = part.end;
  }
  out += text.substr(position);
  return SecretString(std::move(out));
}

Result<void> check_word(std::string what, std::string_view word) {
  if (word.size() > SecretsFile::kMaxName) return fail(what + " is longer than 256 octets");
  if (word.find('\0') != std::string_view::npos) {
    return fail(what + " contains a NUL, which ends a word in this file");
  }
  return {};
}

Result<void> check_password(std::string_view password) {
  if (password.starts_with(SecretsFile::kSecretFromFile)) {
    return fail("a password that begins with @/ would be read as the name of a file");
  }
  if (password.starts_with(UserSecret::kHashPrefix)) {
    return fail("a password that begins with $NT$ would be read as a hash");
  }
  return check_word("the password", password);
}

Result<void> check_new_user(const NewUser& user) {
  if (user.name == "*") {
    return fail(
        "the name * is anybody: with that one password everybody gets in, under any name; if that "
        "is what you want, write the line by hand");
  }
  if (user.name.empty() || user.server.empty()) return fail("names must not be empty");
  for (const std::string& address : user.addresses) {
    if (!parse_address_column(std::array{address}).errors.empty()) {
      return fail("the address " + address +
                  " is not understood: it must be *, -, a.b.c.d, a.b.c.d/n with n from 1 to 32, or "
                  "a.b.c.d/n+, with ! before it to refuse that one");
    }
  }
  return check_word("the name", user.name)
      .and_then([&] { return check_word("the name of the server", user.server); })
      .and_then([&]() -> Result<void> {
        const SecretString* password = user.secret.clear();
        return password != nullptr ? check_password(password->reveal()) : Result<void>();
      });
}

Line line_of(const NewUser& user) {
  Line line;
  const auto add = [&line](std::string_view text) { line.words.emplace_back().text = text; };
  add(user.name);
  add(user.server);
  add(user.secret.word().reveal());
  for (const std::string& address : user.addresses) add(address);
  return line;
}

/// What to write behind `text` for another line.
SecretString written(const Line& line, std::string_view text) {
  const bool is_dos = text.find("\r\n") != std::string_view::npos;
  const std::string_view newline = is_dos ? "\r\n" : "\n";
  std::string out;
  out.reserve(16 * SecretsFile::kMaxName);
  if (!text.empty() && !text.ends_with('\n')) out += newline;
  for (const Word& word : line.words) {
    if (&word != &line.words.front()) out += ' ';
    out += SecretString(as_word(word.text)).reveal();
  }
  out += newline;
  return SecretString(std::move(out));
}

unsigned number_of(const Line& line) { return line.words[kClient].line; }

tl::unexpected<Error> no_such_user(const WhichLines& which) {
  return fail("there is no user " + which.name +
              (which.server ? " with the server " + *which.server : ""));
}

bool is_hashed(const Line& line) {
  return line.words[kSecret].text.starts_with(UserSecret::kHashPrefix);
}

/// Why the secret of this line is more than another password; or nothing.
std::string note_about_secret(const Line& line, const UserSecret& secret) {
  const std::string now = secret.clear() != nullptr ? ": now the password itself stands there"
                                                    : ": now the hash of the password stands there";
  const std::string place = "line " + std::to_string(number_of(line));
  if (line.words[kSecret].text.starts_with(SecretsFile::kSecretFromFile)) {
    return place + " named the file of its secret (@/...)" + now;
  }
  if (is_hashed(line) == (secret.clear() == nullptr)) return {};
  return place + (is_hashed(line) ? " had a hash ($NT$)" : " had the password itself") + now;
}

/// Takes the words expires= of a line away, and what is left of the words then if that is nothing.
/// The parts are where they stood.
std::vector<Part> lift_expiry(Line& line) {
  std::vector<Part> parts;
  // Names and passwords may be called `--` too.
  const auto dashes =
      std::ranges::find(line.words.begin() + kSecret + 1, line.words.end(), "--", &Word::text);
  if (dashes == line.words.end()) return parts;
  const auto first = static_cast<std::size_t>(dashes - line.words.begin());
  const auto expires = [](const Word& word) { return word.text.starts_with(kExpiresWord); };
  const bool only = line.words.size() == first + 2 && expires(line.words.back());
  const auto goes = [&](std::size_t i) { return i > first ? expires(line.words[i]) : only; };
  for (std::size_t i = first; i < line.words.size(); ++i) {
    if (goes(i)) parts.push_back({line.words[i - 1].end, line.words[i].end});
  }
  for (std::size_t i = line.words.size(); i-- > first;) {
    if (goes(i)) line.words.erase(line.words.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return parts;
}

}  // namespace

std::string as_word(std::string_view octets) {
  constexpr std::string_view kMeansSomething = "#\"'\\";
  const auto is_plain = [&](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f &&
           kMeansSomething.find(c) == std::string_view::npos;
  };
  if (!octets.empty() && std::ranges::all_of(octets, is_plain)) return std::string(octets);
  std::string word;
  word.reserve(4 * octets.size() + 2);
  word += '"';
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < ' ' || octet == 0x7f) {
      // All three digits, since another may follow.
      word += {'\\', static_cast<char>('0' + octet / 64), static_cast<char>('0' + octet / 8 % 8),
               static_cast<char>('0' + octet % 8)};
    } else {
      if (c == '"' || c == '\\') word += '\\';
      word += c;
    }
  }
  word += '"';
  return word;
}

Result<SecretsEdit> add_user(std::string_view text, const NewUser& user) {
  if (const auto good = check_new_user(user); !good) return tl::unexpected<Error>(good.error());
  auto lines = read_lines(text);
  if (!lines) return tl::unexpected<Error>(lines.error());
  const WhichLines same{user.name, user.server};
  for (const Line& line : *lines) {
    if (!is_meant(line, same)) continue;
    return fail("there is a user " + user.name + " with the server " + user.server +
                " already, on line " + std::to_string(number_of(line)));
  }
  lines->push_back(line_of(user));
  SecretsEdit edit;
  const Part end{text.size(), text.size(), written(lines->back(), text)};
  edit.text = replaced(text, std::array{end});
  return verified(std::move(edit), *lines, same, std::array{user.secret}, 1);
}

Result<SecretsEdit> set_password(std::string_view text, const WhichLines& which,
                                 const NewPassword& password) {
  using Form = NewPassword::Form;
  auto lines = read_lines(text);
  if (!lines) return tl::unexpected<Error>(lines.error());
  const std::array secrets{UserSecret(password.clear), UserSecret(password.hash)};
  SecretsEdit edit;
  std::vector<Part> parts;
  for (Line& line : *lines) {
    if (!is_meant(line, which)) continue;
    const bool hashed =
        password.form == Form::hashed || (password.form == Form::as_before && is_hashed(line));
    if (const auto good = check_password(password.clear.reveal()); !hashed && !good) {
      return tl::unexpected<Error>(good.error());
    }
    const UserSecret& secret = secrets[hashed ? 1 : 0];
    edit.lines.push_back(number_of(line));
    if (std::string note = note_about_secret(line, secret); !note.empty()) {
      edit.notes.push_back(std::move(note));
    }
    Word& word = line.words[kSecret];
    word.text = secret.word().reveal();
    parts.push_back({word.begin, word.end, SecretString(as_word(word.text))});
    if (!password.lifts_expiry) continue;
    for (Part& part : lift_expiry(line)) parts.push_back(std::move(part));
  }
  if (parts.empty()) return no_such_user(which);
  edit.text = replaced(text, parts);
  return verified(std::move(edit), *lines, which, secrets, 0);
}

Result<SecretsEdit> remove_user(std::string_view text, const WhichLines& which) {
  auto lines = read_lines(text);
  if (!lines) return tl::unexpected<Error>(lines.error());
  SecretsEdit edit;
  std::vector<Part> removed;
  for (const Line& line : *lines) {
    if (!is_meant(line, which)) continue;
    edit.lines.push_back(number_of(line));
    removed.push_back({line.begin, line.end});
  }
  if (removed.empty()) return no_such_user(which);
  std::erase_if(*lines, [&](const Line& line) { return is_meant(line, which); });
  edit.text = replaced(text, removed);
  return verified(std::move(edit), *lines);
}

}  // namespace upptpd::auth
