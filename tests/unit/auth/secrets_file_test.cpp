#include "auth/secrets_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace upptpd::auth {
namespace {

using Severity = Diagnostic::Severity;

Ipv4Address ip(std::string_view text) { return Ipv4Address::parse(text).value(); }

std::string secret_of(const SecretsEntry* entry) {
  return entry == nullptr ? "(none)" : std::string(entry->secret.word().reveal());
}

/// "error 3" for each diagnostic that contains a text.
std::vector<std::string> said(const SecretsFile& file, std::string_view text) {
  std::vector<std::string> out;
  for (const Diagnostic& diagnostic : file.diagnostics()) {
    if (diagnostic.message.find(text) == std::string::npos) continue;
    const char* severity = diagnostic.severity == Severity::error ? "error " : "warning ";
    out.push_back(severity + std::to_string(diagnostic.line));
  }
  return out;
}

using Said = std::vector<std::string>;

TEST(SecretsFile, ReadsAllColumns) {
  const auto file = SecretsFile::parse("# users\n\njoe pptpd \"my secret\" 10.0.0.1 *\n");
  ASSERT_EQ(file.entries().size(), 1U);
  const SecretsEntry& entry = file.entries()[0];
  EXPECT_EQ(entry.client, "joe");
  EXPECT_EQ(entry.server, "pptpd");
  EXPECT_EQ(entry.secret.word().reveal(), "my secret");
  EXPECT_EQ(entry.addresses.size(), 2U);
  EXPECT_EQ(entry.line, 3U);
  EXPECT_TRUE(file.diagnostics().empty());
}

TEST(SecretsFile, MayBeEmpty) {
  EXPECT_TRUE(SecretsFile::parse("").entries().empty());
  EXPECT_TRUE(SecretsFile::parse("").diagnostics().empty());
  EXPECT_EQ(SecretsFile::parse("").find("joe", "pptpd"), nullptr);
}

TEST(SecretsFile, ReadsFilesWithDosLineEndings) {
  const auto file = SecretsFile::parse("\xef\xbb\xbfjoe * secret *\r\nbob * other *\r\n");
  EXPECT_EQ(secret_of(file.find("joe", "pptpd")), "secret");
  EXPECT_EQ(secret_of(file.find("bob", "pptpd")), "other");
  EXPECT_TRUE(file.diagnostics().empty());
}

TEST(SecretsFile, MatchesNamesWithTheirCase) {
  const auto file = SecretsFile::parse("Joe * secret *");
  EXPECT_NE(file.find("Joe", "pptpd"), nullptr);
  EXPECT_EQ(file.find("joe", "pptpd"), nullptr);
}

TEST(SecretsFile, MatchesNamesAboveAsciiOctetByOctet) {
  EXPECT_NE(SecretsFile::parse("m\xc3\xbcller * secret *").find("m\xc3\xbcller", "pptpd"), nullptr);
}

TEST(SecretsFile, StarMatchesAnyClientAndAnyServer) {
  const auto file = SecretsFile::parse("* * secret *");
  EXPECT_NE(file.find("joe", "pptpd"), nullptr);
}

TEST(SecretsFile, QuotedStarIsStillAWildcard) {
  EXPECT_NE(SecretsFile::parse("joe \"*\" secret \"*\"").find("joe", "pptpd"), nullptr);
}

TEST(SecretsFile, StarInsideAWordIsNoWildcard) {
  EXPECT_EQ(SecretsFile::parse("jo* * secret *").find("joe", "pptpd"), nullptr);
}

TEST(SecretsFile, OtherServerIsNoMatch) {
  const auto file = SecretsFile::parse("joe office secret *");
  EXPECT_EQ(file.find("joe", "pptpd"), nullptr);
  EXPECT_TRUE(file.has_client_for_other_server("joe", "pptpd"));
  EXPECT_EQ(file.other_server("joe", "pptpd"), "office");
  EXPECT_FALSE(file.has_client_for_other_server("joe", "office"));
  EXPECT_FALSE(file.has_client_for_other_server("bob", "pptpd"));
}

TEST(SecretsFile, NamedClientBeatsNamedServer) {
  const auto file = SecretsFile::parse("* pptpd server *\njoe * client *\n");
  EXPECT_EQ(secret_of(file.find("joe", "pptpd")), "client");
  EXPECT_EQ(secret_of(file.find("bob", "pptpd")), "server");
}

TEST(SecretsFile, BothNamedBeatsAll) {
  const auto file =
      SecretsFile::parse("joe * client *\n* pptpd server *\njoe pptpd both *\n* * none *");
  EXPECT_EQ(secret_of(file.find("joe", "pptpd")), "both");
  EXPECT_EQ(secret_of(file.find("joe", "other")), "client");
  EXPECT_EQ(secret_of(file.find("bob", "other")), "none");
}

TEST(SecretsFile, FirstOfEqualLinesWins) {
  const auto file = SecretsFile::parse("joe * first *\njoe * second *\n");
  EXPECT_EQ(secret_of(file.find("joe", "pptpd")), "first");
}

TEST(SecretsFile, WarnsOfALineThatCanNeverMatch) {
  const auto file = SecretsFile::parse("joe * first *\njoe pptpd x *\njoe * second *\n");
  EXPECT_EQ(said(file, "never used: line 1"), Said{"warning 3"});
}

TEST(SecretsFile, StarLineNeverOverridesANamedLineBeforeIt) {
  EXPECT_EQ(secret_of(SecretsFile::parse("* * any *\njoe * named *\n").find("joe", "pptpd")),
            "named");
  EXPECT_EQ(secret_of(SecretsFile::parse("joe * named *\n* * any *\n").find("joe", "pptpd")),
            "named");
}

TEST(SecretsFile, FindsNamedClientsOnly) {
  const auto file = SecretsFile::parse("* * any *\njoe * named *\n");
  EXPECT_EQ(secret_of(file.find_named("joe", "pptpd")), "named");
  EXPECT_EQ(file.find_named("bob", "pptpd"), nullptr);
}

TEST(SecretsFile, PeerThatCallsItselfStarIsNobodyByName) {
  const auto file = SecretsFile::parse("* * any *\n");
  EXPECT_EQ(file.find_named("*", "pptpd"), nullptr);
}

TEST(SecretsFile, FindsWildcardLinesOnly) {
  const auto file = SecretsFile::parse("joe * named *\n* * any *\n* pptpd here *\n");
  EXPECT_EQ(secret_of(file.find_wildcard("pptpd")), "here");
  EXPECT_EQ(secret_of(file.find_wildcard("other")), "any");
  EXPECT_EQ(SecretsFile::parse("joe * named *").find_wildcard("pptpd"), nullptr);
}

TEST(SecretsFile, LooksUpTheNameAsSentThenWithoutDomainThenTheWildcard) {
  const auto file = SecretsFile::parse("* * any *\nbob * plain *\nDOM\\\\bob * domain *\n");
  EXPECT_EQ(secret_of(file.find_user("DOM\\bob", "pptpd", true).entry), "domain");
  EXPECT_EQ(secret_of(file.find_user("OTHER\\bob", "pptpd", true).entry), "plain");
  EXPECT_EQ(secret_of(file.find_user("OTHER\\joe", "pptpd", true).entry), "any");
}

TEST(SecretsFile, KeepsTheDomainWhenToldSo) {
  const auto file = SecretsFile::parse("bob * plain *\n");
  EXPECT_EQ(file.find_user("DOM\\bob", "pptpd", false).entry, nullptr);
  EXPECT_NE(file.find_user("DOM\\bob", "pptpd", true).entry, nullptr);
}

TEST(SecretsFile, EmptyWordsAreValidClientAndSecret) {
  const auto file = SecretsFile::parse("\"\" * null *\njoe * \"\" *\n");
  EXPECT_EQ(secret_of(file.find("", "pptpd")), "null");
  EXPECT_EQ(secret_of(file.find("joe", "pptpd")), "");
}

TEST(SecretsFile, LineWithFewerThanThreeWordsIsAnError) {
  const auto file = SecretsFile::parse("joe\nbob *\nann * secret *\n");
  EXPECT_EQ(said(file, "at least three words"), (Said{"error 1", "error 2"}));
  EXPECT_EQ(file.entries().size(), 1U);
}

TEST(SecretsFile, WarnsOfABackslashThatChangedAName) {
  const auto file = SecretsFile::parse(
      "DOMAIN\\bob * secret *\nDOMAIN\\joe * secret *\nDOMAIN\\\\ann * secret *\njim * se\\cret "
      "*\n");
  EXPECT_EQ(said(file, "as in DOMAIN\\\\bob"), (Said{"warning 1", "warning 2"}));
}

TEST(SecretsFile, WarnsOfAQuoteThatIsNeverClosed) {
  const auto file = SecretsFile::parse("joe * secret *\nbob * \"other *\nann * third *\n");
  EXPECT_EQ(said(file, "never closed"), Said{"warning 2"});
  EXPECT_NE(file.find("joe", "pptpd"), nullptr);
  EXPECT_EQ(file.find("ann", "pptpd"), nullptr);
}

TEST(SecretsFile, WarnsOfWordsThatWereCut) {
  const std::string secret(2000, 'x');
  EXPECT_EQ(said(SecretsFile::parse("\n" + secret + " * secret *"), "longer than 1023"),
            Said{"warning 2"});
  EXPECT_EQ(said(SecretsFile::parse("joe * se\\0cret *"), "NUL"), Said{"warning 1"});
}

TEST(SecretsFile, RefusesNamesAndSecretsAbove256Octets) {
  const std::string fits(256, 'x');
  EXPECT_EQ(SecretsFile::parse(fits + " " + fits + " " + fits + " *").entries().size(), 1U);
  for (const std::string& line :
       {fits + "x * secret *", "joe " + fits + "x secret *", "joe * x" + fits + " *"}) {
    const auto file = SecretsFile::parse(line);
    EXPECT_EQ(said(file, "longer than 256 octets"), Said{"error 1"});
    EXPECT_TRUE(file.entries().empty());
  }
}

TEST(SecretsFile, TakesTheHashOfAPassword) {
  const auto file = SecretsFile::parse("joe * $NT$44EBBA8D5312B8D611474411F56989AE *\n");
  EXPECT_TRUE(file.diagnostics().empty());
  ASSERT_NE(file.find("joe", "pptpd"), nullptr);
  EXPECT_EQ(file.entries()[0].secret.clear(), nullptr);
  EXPECT_EQ(secret_of(file.find("joe", "pptpd")), "$NT$44ebba8d5312b8d611474411f56989ae");
}

TEST(SecretsFile, LeavesOutALineWithAHashThatIsNone) {
  const std::string digits(31, 'a');
  for (const std::string& hash : {std::string(), digits, digits + "aa", digits + "g"}) {
    const auto file = SecretsFile::parse("joe * $NT$" + hash + " *\n* * any *\n");
    EXPECT_EQ(said(file, "32 hexadecimal digits"), Said{"error 1"});
    EXPECT_TRUE(file.find_user("joe", "pptpd", true).left_out);
  }
}

TEST(SecretsFile, TakesTheHashOfAPasswordFromAFile) {
  for (const std::string& digits : {std::string(32, '0'), std::string(30, '0')}) {
    auto file = SecretsFile::parse("joe * @/run/secret * -- auth=chap-md5\n");
    EXPECT_EQ(said(file, "nobody can log in"), Said{});
    file.resolve_paths(
        [&](const std::string&) -> Result<SecretString> { return SecretString("$NT$" + digits); });
    const bool good = digits.size() == 32;
    EXPECT_EQ(file.entries().size(), good ? 1U : 0U);
    EXPECT_EQ(said(file, "CHAP-MD5"), good ? Said{"warning 1"} : Said{});
    EXPECT_EQ(said(file, "in the file that @/... names: a secret that begins with $NT$"),
              good ? Said{} : Said{"error 1"});
  }
}

TEST(SecretsFile, WarnsOfAHashWhereThePasswordIsNeeded) {
  const std::string joe = "joe * $NT$" + std::string(32, '0') + " * ";
  EXPECT_EQ(said(SecretsFile::parse(joe + "-- auth=chap-md5"), "CHAP-MD5"), Said{"warning 1"});
  EXPECT_EQ(said(SecretsFile::parse(joe + "-- auth=chap-md5,pap"), "CHAP-MD5"), Said{});
  EXPECT_EQ(said(SecretsFile::parse(joe), "CHAP-MD5"), Said{});
  EXPECT_EQ(said(SecretsFile::parse("joe * x * -- auth=chap-md5"), "CHAP-MD5"), Said{});
}

TEST(SecretsFile, ReadsTheWordsAfterDashes) {
  const auto file = SecretsFile::parse("joe * secret * -- auth=mschap,pap stateful\nbob * x *\n");
  EXPECT_TRUE(file.diagnostics().empty());
  ASSERT_EQ(file.entries().size(), 2U);
  EXPECT_EQ(file.entries()[0].options.words(), (Said{"auth=mschap,pap", "stateful"}));
  EXPECT_EQ(file.entries()[1].options.words(), Said{});
  EXPECT_TRUE(permits(file.entries()[0], ip("10.0.0.1")));
}

TEST(SecretsFile, LeavesOutALineWithAWordThatItCannotHonour) {
  const auto file = SecretsFile::parse(
      "joe * a * -- idle=600 hours=Wk\nbob * b * -- swordfish\nann * c * -- hours=8-17\n"
      "kim * d * -- disabled disabled\n");
  EXPECT_EQ(said(file, "no restriction is lost"),
            (Said{"error 1", "error 2", "error 3", "error 4"}));
  EXPECT_EQ(said(file, "the word idle after --: not yet"), Said{"error 1"});
  EXPECT_EQ(said(file, "accepted are auth=, encryption=, "), Said{"error 2"});
  EXPECT_TRUE(file.entries().empty());
}

TEST(SecretsFile, DashesAloneAreTakenButNoticed) {
  const auto file = SecretsFile::parse("joe * secret * --\n");
  EXPECT_EQ(said(file, "nothing stands after --"), Said{"warning 1"});
  EXPECT_NE(file.find("joe", "pptpd"), nullptr);
}

TEST(SecretsFile, WarnsOfWordsThatKeepEveryLoginOut) {
  const auto file = SecretsFile::parse(
      "joe * a * -- auth=chap-md5,pap encryption=require\n"
      "bob * b * -- auth=pap,mschap encryption=require\nann * c * -- auth=pap\n");
  EXPECT_EQ(said(file, "nobody can log in"), Said{"warning 1"});
  EXPECT_EQ(file.entries().size(), 3U);
}

TEST(SecretsFile, TellsNobodyFromALineThatWasLeftOut) {
  auto file = SecretsFile::parse("joe * @/run/secret *\nbob * x * -- idle=5\nann * x *\n");
  EXPECT_TRUE(file.find_user("joe", "pptpd", true).left_out) << "its file has not been read";
  file.resolve_paths([](const std::string&) { return fail("no such file"); });
  EXPECT_TRUE(file.find_user("joe", "pptpd", true).left_out);
  EXPECT_TRUE(file.find_user("DOM\\bob", "pptpd", true).left_out);
  EXPECT_FALSE(file.find_user("DOM\\bob", "pptpd", false).left_out);
  EXPECT_FALSE(file.find_user("ann", "pptpd", true).left_out);
  EXPECT_FALSE(file.find_user("kim", "pptpd", true).left_out);
}

TEST(SecretsFile, LineThatWasLeftOutStillStandsBeforeOthers) {
  // Else a user who is restricted on the first line would get in by the second.
  const auto file =
      SecretsFile::parse("joe * secret * -- idle=5\njoe * again *\n* * any *\n* pptpd any *\n");
  EXPECT_EQ(file.find("joe", "pptpd"), nullptr);
  EXPECT_EQ(file.find_named("joe", "pptpd"), nullptr);
  EXPECT_EQ(file.find_user("joe", "pptpd", true).entry, nullptr);
  EXPECT_EQ(file.find_user("DOMAIN\\joe", "pptpd", true).entry, nullptr);
  EXPECT_EQ(secret_of(file.find_user("bob", "pptpd", true).entry), "any");
}

TEST(SecretsFile, SecretOfAFileIsNotFoundBeforeItIsRead) {
  auto file = SecretsFile::parse("joe * @/run/secret *\n* * any *\n");
  ASSERT_EQ(file.entries()[0].secret_path, "/run/secret");
  EXPECT_EQ(file.entries()[0].secret.word().reveal(), "");
  EXPECT_EQ(file.find_user("joe", "pptpd", true).entry, nullptr)
      << "would be a login with an empty password";
  file.resolve_paths([](const std::string& path) -> Result<SecretString> {
    EXPECT_EQ(path, "/run/secret");
    return SecretString("from file");
  });
  EXPECT_EQ(secret_of(file.find_user("joe", "pptpd", true).entry), "from file");
}

TEST(SecretsFile, LineWhoseFileCannotBeReadIsLeftOut) {
  auto file = SecretsFile::parse("\njoe * @/run/secret *\nbob * plain *\n* * any *\n");
  file.resolve_paths(
      [](const std::string&) -> Result<SecretString> { return fail("no such file"); });
  EXPECT_EQ(said(file, "no such file"), Said{"error 2"});
  EXPECT_EQ(file.find_user("joe", "pptpd", true).entry, nullptr);
  EXPECT_EQ(secret_of(file.find_user("bob", "pptpd", true).entry), "plain");
}

TEST(SecretsFile, SecretOfAFileIsLimitedToo) {
  auto file = SecretsFile::parse("joe * @/run/secret *\n");
  file.resolve_paths([](const std::string&) -> Result<SecretString> {
    return SecretString(std::string(257, 'x'));
  });
  EXPECT_TRUE(file.entries().empty());
}

TEST(SecretsFile, KnowsTheFixedAddressesOfTheLinesThatCanBeUsed) {
  auto file = SecretsFile::parse(
      "bob * pw 10.0.0.5 10.0.0.6\neve * pw *\nrick * @/rick 10.0.0.7\nsue * pw 10.0.0.8 -- idle "
      "5\n");
  EXPECT_EQ(file.fixed_addresses(), (std::set{ip("10.0.0.5"), ip("10.0.0.7")}));
  file.resolve_paths([](const std::string&) { return fail("no such file"); });
  EXPECT_EQ(file.fixed_addresses(), std::set{ip("10.0.0.5")});
}

TEST(SecretsFile, OnlyAtSlashNamesAFile) {
  EXPECT_EQ(secret_of(SecretsFile::parse("joe * @login *").find("joe", "pptpd")), "@login");
}

TEST(SecretsFile, DiagnosticsNeverShowASecret) {
  const auto file = SecretsFile::parse(
      "joe swordfish *\n"                   // the server column forgotten
      "bob swordfish\n"                     // two columns forgotten
      "ann * sword fish swordfish *\n"      // quotes forgotten
      "a\\bc * swordfish *\n"               // escape in a name
      "a\\bc * swordfish *\n"               // never used
      "jim * @/swordfish * -- swordfish\n"  // words of later versions
      "\"kim * swordfish *\n"               // unterminated
      "tom * swordfish *\n");
  EXPECT_GE(file.diagnostics().size(), 7U);
  EXPECT_EQ(said(file, "sword"), Said{});
  EXPECT_EQ(said(file, "fish"), Said{});
}

TEST(SecretsFile, DiagnosticsAreInTheOrderOfTheLines) {
  const auto file = SecretsFile::parse("joe * a *\nbob\nann * \"\\n\nx * y\n");
  unsigned line = 0;
  for (const Diagnostic& diagnostic : file.diagnostics()) {
    EXPECT_GE(diagnostic.line, line);
    line = diagnostic.line;
  }
}

TEST(SecretsFile, EntryIsSmall) {
  // 10000 of them are read again with each change of the file.
  EXPECT_LE(sizeof(SecretsEntry), 304U);
}

TEST(SampleSecrets, HasNoUserAndNoProblem) {
  std::ifstream stream(SOURCE_DIR "/etc/chap-secrets");
  ASSERT_TRUE(stream);
  std::stringstream text;
  text << stream.rdbuf();
  const auto file = SecretsFile::parse(text.str());
  EXPECT_TRUE(file.entries().empty());
  EXPECT_TRUE(file.diagnostics().empty());
}

TEST(SampleSecrets, ExamplesWorkWhenUncommented) {
  std::ifstream stream(SOURCE_DIR "/etc/chap-secrets");
  std::string text;
  for (std::string line; std::getline(stream, line);) {
    for (const char* user : {"# alice", "# bob", "# carol"}) {
      if (line.starts_with(user)) text += line.substr(2) + "\n";
    }
  }
  const auto file = SecretsFile::parse(text);
  EXPECT_TRUE(file.diagnostics().empty());
  EXPECT_EQ(file.entries().size(), 3U);
  ASSERT_NE(file.find("bob", "pptpd"), nullptr);
  EXPECT_EQ(fixed_address(*file.find("bob", "pptpd")), ip("192.168.0.235"));
}

}  // namespace
}  // namespace upptpd::auth
