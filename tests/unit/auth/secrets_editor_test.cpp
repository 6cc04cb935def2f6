#include "auth/secrets_editor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "auth/secrets_file.hpp"

namespace upptpd::auth {
namespace {

NewUser user(std::string name, std::string_view password) {
  NewUser user;
  user.name = std::move(name);
  user.secret = UserSecret(SecretString(std::string(password)));
  return user;
}

/// The text after the edit, or "refused: why".
std::string text_of(const Result<SecretsEdit>& edit) {
  return edit ? std::string(edit->text.reveal()) : "refused: " + edit.error().message;
}

std::string added(std::string_view text, const NewUser& user) {
  return text_of(add_user(text, user));
}

NtHash hash_filled_with(std::uint8_t octet) {
  NtHash hash;
  std::ranges::fill(hash.overwrite(), octet);
  return hash;
}
const std::string kHashOf5s = "$NT$55555555555555555555555555555555";
const std::string kHashOf6s = "$NT$66666666666666666666666666666666";

/// The hash is kHashOf5s, whatever the password.
NewPassword password_of(std::string_view password, NewPassword::Form form) {
  return {SecretString(std::string(password)), hash_filled_with(0x55), form};
}

std::string changed(std::string_view text, const WhichLines& which, std::string_view password) {
  return text_of(set_password(text, which, password_of(password, NewPassword::Form::clear)));
}

std::string removed(std::string_view text, const WhichLines& which) {
  return text_of(remove_user(text, which));
}

WhichLines all_of(std::string name) { return {std::move(name), {}}; }

testing::AssertionResult is_refused(const std::string& text, std::string_view because) {
  if (text.starts_with("refused: ") && text.find(because) != std::string::npos) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "not refused because of \"" << because << "\": " << text;
}

/// Adds a user to a file with another, and reads both back.
void expect_round_trip(const std::string& name, const std::string& password) {
  const std::string text = added("ann * first 10.0.0.1\n", user(name, password));
  const SecretsFile file = SecretsFile::parse(text);
  ASSERT_EQ(file.entries().size(), 2U) << text;
  EXPECT_EQ(file.entries()[0].secret.clear()->reveal(), "first") << text;
  EXPECT_EQ(file.entries()[1].client, name) << text;
  EXPECT_EQ(file.entries()[1].server, "*") << text;
  EXPECT_EQ(file.entries()[1].secret.clear()->reveal(), password) << text;
  EXPECT_TRUE(permits(file.entries()[1], Ipv4Address(0x0a000005))) << text;
}

TEST(SecretsEditor, AddsALineAtTheEnd) {
  EXPECT_EQ(added("# users\nann * first *\n", user("joe", "secret")),
            "# users\nann * first *\njoe * secret *\n");
  EXPECT_EQ(added("", user("joe", "secret")), "joe * secret *\n");
}

TEST(SecretsEditor, AddsTheNewlineThatIsMissing) {
  EXPECT_EQ(added("ann * first *", user("joe", "secret")), "ann * first *\njoe * secret *\n");
  EXPECT_EQ(added("# users", user("joe", "secret")), "# users\njoe * secret *\n");
}

TEST(SecretsEditor, AddsALineWithTheLineEndsOfTheFile) {
  EXPECT_EQ(added("ann * first *\r\n", user("joe", "x")), "ann * first *\r\njoe * x *\r\n");
  EXPECT_EQ(added("a * b *\r\nann * first *", user("joe", "x")),
            "a * b *\r\nann * first *\r\njoe * x *\r\n");
}

TEST(SecretsEditor, AddsServerAndAddresses) {
  NewUser joe = user("joe", "secret");
  joe.server = "pptpd";
  joe.addresses = {"!10.0.0.7", "10.0.0.0/24", "10.1.0.0/16+", "-"};
  EXPECT_EQ(added("", joe), "joe pptpd secret !10.0.0.7 10.0.0.0/24 10.1.0.0/16+ -\n");
}

TEST(SecretsEditor, WhatItWritesReadsBack) {
  const std::string nasty[] = {"plain",
                               "two words",
                               " leading and trailing ",
                               "\t",
                               "pa#ss",
                               "#",
                               "it's",
                               "say \"no\"",
                               "'\"",
                               "DOMAIN\\bob",
                               "\\",
                               "ends in \\",
                               "\\\\server\\x41\\101",
                               "line\nbreak",
                               "\r\n",
                               "\x01\x1f\x7f",
                               "\x01"
                               "7",
                               "\b8",
                               "m\xc3\xbcller \xe2\x82\xac",
                               "\xff\xfe",
                               "\xef\xbb\xbf"
                               "bom",
                               "--",
                               "-",
                               "!",
                               "$NT",
                               "@login",
                               "*x",
                               std::string(256, '"')};
  for (const std::string& name : nasty) {
    expect_round_trip(name, "secret");
    expect_round_trip("joe", name);
    expect_round_trip(name, name);
  }
  expect_round_trip("joe", "");
  expect_round_trip("joe", "*");
}

TEST(SecretsEditor, AnyOctetsReadBack) {
  std::mt19937 random(1723);
  // Half of them of the octets that mean something.
  constexpr std::string_view kSpecial = " \t\r\n#\"'\\0178abx-*!@/$";
  const auto octets = [&] {
    std::string text(1 + random() % 40, '\0');
    for (char& c : text) {
      c = random() % 2 == 0 ? kSpecial[random() % kSpecial.size()]
                            : static_cast<char>(1 + random() % 255);
    }
    return text;
  };
  for (int i = 0; i < 3000; ++i) expect_round_trip("n" + octets(), "p" + octets());
}

TEST(SecretsEditor, LeavesPlainWordsWithoutQuotes) {
  EXPECT_EQ(as_word("joe@example.org"), "joe@example.org");
  EXPECT_EQ(as_word("m\xc3\xbcller"), "m\xc3\xbcller");
  EXPECT_EQ(as_word("DOMAIN\\bob"), "\"DOMAIN\\\\bob\"");
  EXPECT_EQ(as_word("a\tb"), "\"a\\011b\"");
  EXPECT_EQ(as_word(""), "\"\"");
}

TEST(SecretsEditor, RefusesAUserWhoExists) {
  const std::string text = "\n\"joe\" * secret *\nann * x * -- idle=60\n";
  EXPECT_TRUE(is_refused(added(text, user("joe", "other")), "already, on line 2"));
  EXPECT_TRUE(is_refused(added(text, user("ann", "other")), "already, on line 3"))
      << "also one whose line is left out";
  NewUser elsewhere = user("joe", "other");
  elsewhere.server = "office";
  EXPECT_EQ(added("joe * secret *\n", elsewhere), "joe * secret *\njoe office other *\n");
}

TEST(SecretsEditor, RefusesTheNameOfEverybody) {
  EXPECT_TRUE(is_refused(added("", user("*", "secret")), "everybody"));
}

TEST(SecretsEditor, RefusesWhatTheFileCannotExpress) {
  using namespace std::string_literals;
  EXPECT_TRUE(is_refused(added("", user("", "x")), "empty"));
  EXPECT_TRUE(is_refused(added("", user("a\0b"s, "x")), "the name contains a NUL"));
  EXPECT_TRUE(is_refused(added("", user("a", "x\0"s)), "the password contains a NUL"));
  EXPECT_TRUE(is_refused(added("", user(std::string(257, 'a'), "x")), "256 octets"));
  EXPECT_TRUE(is_refused(added("", user("a", std::string(257, 'x'))), "256 octets"));
  EXPECT_TRUE(is_refused(added("", user("a", "@/etc/passwd")), "begins with @/"));
  EXPECT_TRUE(is_refused(added("", user("a", "$NT$00")), "begins with $NT$"));
  for (const char* address : {"", "10.0.0", "--", "host", "10.0.0.1 *", "!*", "10.0.0.1/0"}) {
    NewUser joe = user("joe", "x");
    joe.addresses = {"*", address};
    EXPECT_TRUE(is_refused(added("", joe), "the address")) << address;
  }
}

TEST(SecretsEditor, RefusesAFileWithAnOpenQuoteAndNamesItsLine) {
  const std::string text = "ann * first *\nbob * \"other *\njoe * x *\n";
  EXPECT_TRUE(is_refused(added(text, user("kim", "x")), "line 2 opens a quote"));
  EXPECT_TRUE(is_refused(changed(text, all_of("ann"), "x"), "line 2 opens a quote"));
  EXPECT_TRUE(is_refused(removed(text, all_of("bob")), "line 2 opens a quote"));
}

TEST(SecretsEditor, RefusesToJoinANewLineToTheLast) {
  EXPECT_TRUE(is_refused(added("ann * first *\\", user("joe", "x")), "stray backslash"));
  EXPECT_EQ(added("ann * first * #\\", user("joe", "x")), "ann * first * #\\\njoe * x *\n");
}

TEST(SecretsEditor, ChangesNothingButTheSecret) {
  EXPECT_EQ(
      changed("\xef\xbb\xbf# users \\\n\n  joe\t* \"old one\"# c\n\\\n ann * x\\\ny\\\n *\r\n",
              all_of("ann"), "new one"),
      "\xef\xbb\xbf# users \\\n\n  joe\t* \"old one\"# c\n\\\n ann * \"new one\"\\\n *\r\n");
  EXPECT_EQ(changed("joe * old# c\r\nann * x *\r\n", all_of("joe"), "n"),
            "joe * n# c\r\nann * x *\r\n");
  EXPECT_EQ(changed("joe * ''", all_of("joe"), ""), "joe * \"\"");
}

TEST(SecretsEditor, ChangesTheLinesOfAllServersOrOfOne) {
  const std::string text = "joe * a *\nbob * b *\njoe office c *\nJoe * d *\n";
  const auto edit = set_password(text, all_of("joe"), password_of("new", NewPassword::Form::clear));
  EXPECT_EQ(text_of(edit), "joe * new *\nbob * b *\njoe office new *\nJoe * d *\n");
  EXPECT_EQ(edit->lines, (std::vector<unsigned>{1, 3}));
  EXPECT_EQ(changed(text, {"joe", "office"}, "new"),
            "joe * a *\nbob * b *\njoe office new *\nJoe * d *\n");
}

TEST(SecretsEditor, SaysWhenThePasswordTakesThePlaceOfAFileOrAHash) {
  const std::string text = "joe * @/run/joe *\njoe x " + kHashOf6s + " *\njoe y old *\n";
  const auto edit = set_password(text, all_of("joe"), password_of("new", NewPassword::Form::clear));
  EXPECT_EQ(text_of(edit), "joe * new *\njoe x new *\njoe y new *\n");
  ASSERT_EQ(edit->notes.size(), 2U);
  EXPECT_TRUE(edit->notes[0].starts_with("line 1 named the file"));
  EXPECT_TRUE(edit->notes[1].starts_with("line 2 had a hash"));
}

TEST(SecretsEditor, AHashTakesThePlaceOfAHashUnlessToldOtherwise) {
  using Form = NewPassword::Form;
  const std::string text = "joe * " + kHashOf6s + " *\njoe x old *\n";
  const auto as = [&](Form form) {
    return text_of(set_password(text, all_of("joe"), password_of("new", form)));
  };
  EXPECT_EQ(as(Form::as_before), "joe * " + kHashOf5s + " *\njoe x new *\n");
  EXPECT_EQ(as(Form::hashed), "joe * " + kHashOf5s + " *\njoe x " + kHashOf5s + " *\n");
  EXPECT_EQ(as(Form::clear), "joe * new *\njoe x new *\n");
}

TEST(SecretsEditor, AHashMayStandForAPasswordThatTheFileCannotExpress) {
  EXPECT_EQ(text_of(set_password("joe * old *\n", all_of("joe"),
                                 password_of("@/odd", NewPassword::Form::hashed))),
            "joe * " + kHashOf5s + " *\n");
}

TEST(SecretsEditor, AddsAUserByTheHashAlone) {
  NewUser joe = user("joe", "");
  joe.secret = UserSecret(hash_filled_with(0x55));
  EXPECT_EQ(added("", joe), "joe * " + kHashOf5s + " *\n");
}

TEST(SecretsEditor, ARenewedPasswordHasNoLastDay) {
  const auto renewed = [](const std::string& text) {
    NewPassword password = password_of("new", NewPassword::Form::as_before);
    password.lifts_expiry = true;
    return text_of(set_password(text, all_of("joe"), password));
  };
  EXPECT_EQ(renewed("joe * old * -- expires=2026-01-01 # why\n"), "joe * new * # why\n");
  EXPECT_EQ(renewed("joe * old * -- auth=mschap expires=2026-01-01 stateful\n"),
            "joe * new * -- auth=mschap stateful\n");
  EXPECT_EQ(renewed("joe * old * -- expires=2026-01-01 stateful\nann * x * -- disabled\n"),
            "joe * new * -- stateful\nann * x * -- disabled\n");
  EXPECT_EQ(renewed("joe * old * -- stateful \\\n  expires=2026-01-01\n"),
            "joe * new * -- stateful\n");
  EXPECT_EQ(renewed("joe * old *\n"), "joe * new *\n");
  EXPECT_EQ(renewed("joe -- -- * -- expires=2026-01-01\n"), "joe -- new *\n");
}

TEST(SecretsEditor, RefusesUsersWhoDoNotExist) {
  EXPECT_TRUE(is_refused(changed("joe * x *\n", all_of("bob"), "y"), "no user bob"));
  EXPECT_TRUE(is_refused(removed("joe * x *\n", all_of("bob")), "no user bob"));
  EXPECT_TRUE(is_refused(removed("joe * x *\n", {"joe", "office"}), "with the server office"));
  EXPECT_TRUE(is_refused(changed("joe *\n", all_of("joe"), "y"), "no user joe"))
      << "there is no secret to change";
}

TEST(SecretsEditor, RefusesPasswordsThatMeanSomethingElse) {
  EXPECT_TRUE(is_refused(changed("joe * x *\n", all_of("joe"), "@/x"), "begins with @/"));
}

TEST(SecretsEditor, RemovesTheWholeLineAndNothingElse) {
  EXPECT_EQ(removed("# c\njoe * x *\n\n# d\n", all_of("joe")), "# c\n\n# d\n");
  EXPECT_EQ(removed("ann * a *\n joe * \\\n x\\\n * # joe\\\nbob * b *", all_of("joe")),
            "ann * a *\nbob * b *");
  EXPECT_EQ(removed("ann * a *\r\njoe * x *\r\n\r\nbob * b *\r\n", all_of("joe")),
            "ann * a *\r\n\r\nbob * b *\r\n");
  EXPECT_EQ(removed("joe * \"two\nlines\" *\nbob * b *\n", all_of("joe")), "bob * b *\n");
  EXPECT_EQ(removed("ann * a *\njoe * x *", all_of("joe")), "ann * a *\n");
  EXPECT_EQ(removed("\xef\xbb\xbfjoe * x *\nann * a *\n", all_of("joe")),
            "\xef\xbb\xbf"
            "ann * a *\n");
}

TEST(SecretsEditor, RemovesTheLinesOfAllServersOrOfOne) {
  const std::string text = "joe * a *\nbob * b *\njoe office c * -- idle=5\n";
  EXPECT_EQ(removed(text, all_of("joe")), "bob * b *\n");
  EXPECT_EQ(removed(text, {"joe", "*"}), "bob * b *\njoe office c * -- idle=5\n");
}

TEST(SecretsEditor, RefusesARemovalThatWouldChangeAnotherLine) {
  // What comes to stand at the start of the file would be taken for a byte order mark.
  EXPECT_TRUE(is_refused(removed("joe * x *\n\xef\xbb\xbf"
                                 "ann * a *\n",
                                 all_of("joe")),
                         "not read back as meant"));
}

TEST(SecretsEditor, MessagesNeverShowASecret) {
  const std::string text = "joe * swordfish *\nann * @/swordfish *\n";
  for (const std::string& result :
       {added(text, user("joe", "swordfish")), added(text, user("kim", "@/swordfish")),
        changed(text, all_of("bob"), "swordfish"), changed(text + "'", all_of("joe"), "x")}) {
    EXPECT_TRUE(is_refused(result, ""));
    EXPECT_EQ(result.find("fish"), std::string::npos) << result;
  }
  const auto edit = set_password(text, all_of("ann"), password_of("x", NewPassword::Form::clear));
  EXPECT_EQ(edit->notes.at(0).find("fish"), std::string::npos);
}

}  // namespace
}  // namespace upptpd::auth
