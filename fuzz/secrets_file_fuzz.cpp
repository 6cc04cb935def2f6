// Any text is a secrets file: lookups agree with the entries, and no message carries a word of it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "auth/secrets_file.hpp"
#include "auth/user_options.hpp"
#include "auth/word_lexer.hpp"
#include "core/check.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::auth;

void check_words(std::string_view text) {
  WordLexer lexer(text);
  unsigned line = 1;
  while (const auto word = lexer.next()) {
    check(word->text.size() <= WordLexer::kMaxWord);
    check(word->text.find('\0') == std::string::npos);
    check(word->line >= line);
    line = word->line;
  }
  check(!lexer.next());
  check(lexer.unterminated_quote().value_or(1) >= 1);
}

void check_entry(const SecretsFile& file, const SecretsEntry& entry) {
  check(entry.secret.word().reveal().size() <= SecretsFile::kMaxName);
  check(entry.client.size() <= SecretsFile::kMaxName &&
        entry.server.size() <= SecretsFile::kMaxName);
  // What was understood of the words after -- can be written, and is understood the same then.
  const auto again = parse_user_options(entry.options.words());
  check(again && again->words() == entry.options.words());
  if (const auto address = fixed_address(entry)) {
    check(permits(entry, *address));
    check(permits_any_address(entry));
  }
  check(!permits(entry, Ipv4Address(0x7f000001)) && !permits(entry, Ipv4Address(0xe0000001)));
  if (const SecretsEntry* found = file.find(entry.client, entry.server)) {
    // Some line matches what this one names; it may be a better or an earlier one.
    check(found->client == entry.client || found->client == "*");
    check(found->server == entry.server || found->server == "*");
  }
  const SecretsEntry* named = file.find_named(entry.client, entry.server);
  check(named == nullptr || named->client != "*");
  const SecretsFile::Found user = file.find_user(entry.client, entry.server, true);
  check(named == nullptr || user.entry == named);
  check(user.entry == nullptr || !user.left_out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check_words(text);
  SecretsFile file = SecretsFile::parse(text);
  for (const SecretsEntry& entry : file.entries()) {
    check_entry(file, entry);
    if (!entry.secret_path.empty()) check(entry.secret == UserSecret());
  }
  unsigned line = 0;
  for (const Diagnostic& diagnostic : file.diagnostics()) {
    check(diagnostic.line >= line && diagnostic.line >= 1);
    line = diagnostic.line;
    for (const char c : diagnostic.message) check(c >= 0x20 && c < 0x7f);
  }
  const std::size_t before = file.entries().size();
  file.resolve_paths([](const std::string& path) -> Result<SecretString> {
    if (path.size() % 2 == 0) return fail("odd");
    return SecretString(path.size() % 3 == 0 ? "$NT$" + path.substr(1) : "secret");
  });
  check(file.entries().size() <= before);
  for (const SecretsEntry& entry : file.entries()) check_entry(file, entry);
  return 0;
}
