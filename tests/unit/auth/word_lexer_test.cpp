// What getword() of pppd does, sentence by sentence.
#include "auth/word_lexer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace upptpd::auth {
namespace {

std::vector<Word> lex(std::string_view text) {
  WordLexer lexer(text);
  std::vector<Word> words;
  while (auto word = lexer.next()) words.push_back(*word);
  return words;
}

using Texts = std::vector<std::string>;

Texts texts(std::string_view text) {
  Texts out;
  for (const Word& word : lex(text)) out.push_back(word.text);
  return out;
}

/// The words of each line.
std::vector<Texts> lines(std::string_view text) {
  WordLexer lexer(text);
  std::vector<Texts> out;
  while (const auto line = lexer.next_line()) {
    out.emplace_back();
    for (const Word& word : line->words) out.back().push_back(word.text);
  }
  return out;
}

/// The octets of each word.
Texts word_octets(std::string_view text) {
  Texts out;
  for (const Word& word : lex(text)) {
    out.emplace_back(text.substr(word.begin, word.end - word.begin));
  }
  return out;
}

/// The octets of each line that has words.
Texts line_octets(std::string_view text) {
  WordLexer lexer(text);
  Texts out;
  while (const auto line = lexer.next_line()) {
    out.emplace_back(text.substr(line->begin, line->end - line->begin));
  }
  return out;
}

std::optional<unsigned> unterminated_quote(std::string_view text) {
  WordLexer lexer(text);
  while (lexer.next()) {
  }
  return lexer.unterminated_quote();
}

TEST(WordLexer, SplitsAtWhiteSpace) {
  EXPECT_EQ(texts("a b\tc\v\fd  e"), (Texts{"a", "b", "c", "d", "e"}));
}

TEST(WordLexer, FindsNoWordWhereThereIsNone) {
  EXPECT_EQ(texts(""), Texts{});
  EXPECT_EQ(texts(" \n\t\n"), Texts{});
  EXPECT_EQ(texts("# only a comment"), Texts{});
}

TEST(WordLexer, NewlineEndsTheEntry) {
  EXPECT_EQ(lines("a b\n\n  c d"), (std::vector<Texts>{{"a", "b"}, {"c", "d"}}));
}

TEST(WordLexer, LineBeginsBehindWhatNextHasRead) {
  WordLexer lexer("a b\nc d\n");
  EXPECT_EQ(lexer.next()->text, "a");
  EXPECT_EQ(lexer.next_line()->words[0].text, "b");
  EXPECT_EQ(lexer.next_line()->words[0].text, "c");
  EXPECT_FALSE(lexer.next_line());
}

TEST(WordLexer, BackslashNewlineJoinsLines) {
  EXPECT_EQ(lines("a \\\n b\nc"), (std::vector<Texts>{{"a", "b"}, {"c"}}));
}

TEST(WordLexer, BackslashNewlineJoinsInsideAWord) {
  EXPECT_EQ(lines("pass\\\nword x"), (std::vector<Texts>{{"password", "x"}}));
  EXPECT_EQ(lines("\"pass\\\nword\" x"), (std::vector<Texts>{{"password", "x"}}));
}

TEST(WordLexer, BlankAfterJoinedLineEndsTheWord) {
  EXPECT_EQ(lines("joe\\\n * x"), (std::vector<Texts>{{"joe", "*", "x"}}));
}

TEST(WordLexer, HashOpensAComment) {
  EXPECT_EQ(lines("a b # c d\ne"), (std::vector<Texts>{{"a", "b"}, {"e"}}));
}

TEST(WordLexer, HashOpensACommentInMidWord) {
  EXPECT_EQ(lines("pa#ss word\nnext"), (std::vector<Texts>{{"pa"}, {"next"}}));
}

TEST(WordLexer, QuotedOrEscapedHashIsPartOfTheWord) {
  EXPECT_EQ(texts("\"pa#ss\" pa\\#ss 'pa#ss'"), (Texts{"pa#ss", "pa#ss", "pa#ss"}));
}

TEST(WordLexer, BackslashDoesNotContinueAComment) {
  EXPECT_EQ(lines("# comment \\\na"), (std::vector<Texts>{{"a"}}));
}

TEST(WordLexer, QuotesOpenAnywhereAndDoNotEndTheWord) {
  EXPECT_EQ(texts("a\"b c\"d e"), (Texts{"ab cd", "e"}));
  EXPECT_EQ(texts("'a''b'\"c\""), (Texts{"abc"}));
}

TEST(WordLexer, OtherKindOfQuoteIsLiteralInside) {
  EXPECT_EQ(texts("\"it's\" 'say \"no\"'"), (Texts{"it's", "say \"no\""}));
}

TEST(WordLexer, EmptyQuotesAreAWord) {
  EXPECT_EQ(texts("\"\" * ''"), (Texts{"", "*", ""}));
  EXPECT_EQ(texts("\"\"\n"), (Texts{""}));
}

TEST(WordLexer, NamedEscapes) {
  EXPECT_EQ(texts("\\a\\b\\f\\n\\r\\t\\s."), (Texts{"\a\b\f\n\r\t ."}));
}

TEST(WordLexer, OctalEscapesHaveOneToThreeDigits) {
  EXPECT_EQ(texts("\\7x \\101 \\1018 \\60\\9"), (Texts{"\ax", "A", "A8", "09"}));
  EXPECT_EQ(texts("\\501"), (Texts{"A"})) << "beyond an octet only the low eight bits count";
}

TEST(WordLexer, HexEscapesHaveUpToTwoDigits) {
  EXPECT_EQ(texts("\\x41 \\x4a1 \\x4Ag \\x9."), (Texts{"A", "J1", "Jg", "\t."}));
}

TEST(WordLexer, AnyOtherEscapedCharacterStandsForItself) {
  EXPECT_EQ(texts("\\\\ \\\" \\' \\q \\v a\\ b"), (Texts{"\\", "\"", "'", "q", "v", "a b"}));
}

TEST(WordLexer, EscapesWorkInsideBothKindsOfQuotes) {
  EXPECT_EQ(texts("\"a\\tb\\\"\" 'a\\tb\\''"), (Texts{"a\tb\"", "a\tb'"}));
}

TEST(WordLexer, BackslashAtTheVeryEndIsNothing) {
  EXPECT_EQ(texts("a\\"), (Texts{"a"}));
  EXPECT_EQ(texts("\\"), Texts{});
}

TEST(WordLexer, EscapedLetterAfterADomainBecomesAControlCharacter) {
  const Word word = lex("DOMAIN\\bob")[0];
  EXPECT_EQ(word.text, "DOMAIN\bob");
  EXPECT_TRUE(word.control_from_escape);
  EXPECT_EQ(lex("DOM\\norton")[0].text, "DOM\norton");
  EXPECT_TRUE(lex("DOM\\norton")[0].control_from_escape);
  EXPECT_TRUE(lex("DOM\\1st")[0].control_from_escape);
  EXPECT_FALSE(lex("DOMAIN\\\\bob")[0].control_from_escape);
  EXPECT_FALSE(lex("\"DOMAIN\\\\bob\"")[0].control_from_escape);
}

TEST(WordLexer, NotesABackslashThatALetterSwallowed) {
  EXPECT_TRUE(lex("DOMAIN\\user")[0].escaped_letter);
  EXPECT_FALSE(lex("DOMAIN\\user")[0].control_from_escape);
  EXPECT_FALSE(lex("a\\#b\\\\c\\\"")[0].escaped_letter);
}

TEST(WordLexer, ControlCharacterWithoutEscapeIsNotNoted) {
  EXPECT_FALSE(lex("\"a\tb\"")[0].control_from_escape);
}

TEST(WordLexer, UnterminatedQuoteRunsToTheEndOverNewlines) {
  EXPECT_EQ(texts("a \"b\nc d\n"), (Texts{"a", "b\nc d\n"}));
}

TEST(WordLexer, UnterminatedQuoteIsReportedWithTheLineWhereItOpened) {
  EXPECT_EQ(unterminated_quote("a\nb \\\n 'c\nd\n"), 3U);
  EXPECT_EQ(unterminated_quote("a\n\"b\nc\"'d\ne"), 3U);
  EXPECT_EQ(unterminated_quote("a 'b' \"c\"\n"), std::nullopt);
  EXPECT_EQ(unterminated_quote("it\\'s # it's\n"), std::nullopt);
}

TEST(WordLexer, OpenQuoteWithNothingBehindItIsNoWord) {
  // Else an empty secret would come of it.
  EXPECT_EQ(texts("joe * \""), (Texts{"joe", "*"}));
  EXPECT_EQ(unterminated_quote("joe * \""), 1U);
}

TEST(WordLexer, CutsWordsThatAreTooLong) {
  const std::string fits(WordLexer::kMaxWord, 'x');
  EXPECT_EQ(lex(fits)[0].text, fits);
  EXPECT_FALSE(lex(fits)[0].truncated);
  const auto words = lex(fits + "yz next");
  EXPECT_EQ(words[0].text, fits);
  EXPECT_TRUE(words[0].truncated);
  EXPECT_EQ(words[1].text, "next");
}

TEST(WordLexer, EndsAWordAtANulAsAStringOfC) {
  EXPECT_EQ(texts("ab\\x00cd e"), (Texts{"ab", "e"}));
  EXPECT_EQ(texts("ab\\xyz e"), (Texts{"ab", "e"})) << "\\x without digits is a NUL";
  EXPECT_EQ(lex("ab\\0cd e")[0].text, "ab");
  EXPECT_TRUE(lex("ab\\0cd e")[0].cut_at_nul);
  EXPECT_EQ(lex("ab\\0cd e")[1].text, "e");
}

TEST(WordLexer, CarriageReturnIsWhiteSpace) {
  EXPECT_EQ(lines("a b\r\nc d\r\n"), (std::vector<Texts>{{"a", "b"}, {"c", "d"}}));
}

TEST(WordLexer, CarriageReturnInQuotesIsKept) { EXPECT_EQ(texts("\"a\r\"\r\n"), (Texts{"a\r"})); }

TEST(WordLexer, SkipsAByteOrderMark) {
  EXPECT_EQ(texts("\xef\xbb\xbfjoe *"), (Texts{"joe", "*"}));
  EXPECT_EQ(texts("# c\n\xef\xbb\xbfjoe"), (Texts{"\xef\xbb\xbfjoe"})) << "only at the start";
}

TEST(WordLexer, KeepsOctetsAboveAscii) {
  EXPECT_EQ(texts("m\xc3\xbcller"), (Texts{"m\xc3\xbcller"}));
}

TEST(WordLexer, CountsEveryLine) {
  const auto words = lex("# one\n\na \\\n b \"c\nd\" e\nf");
  std::vector<unsigned> numbers;
  for (const Word& word : words) numbers.push_back(word.line);
  EXPECT_EQ(numbers, (std::vector<unsigned>{3, 4, 4, 5, 6}));
}

TEST(WordLexer, KnowsTheOctetsOfAWord) {
  EXPECT_EQ(word_octets("\xef\xbb\xbfjoe \\\n a\\#\"b c\"d#e\n'' x\r\n"),
            (Texts{"joe", "a\\#\"b c\"d", "''", "x"}));
  EXPECT_EQ(word_octets("se\\\ncret\\\n\\\n * x\\"), (Texts{"se\\\ncret", "*", "x"}))
      << "a line joined inside is part of the word, one joined behind it is not";
  EXPECT_EQ(word_octets("a 'b\nc"), (Texts{"a", "'b\nc"}));
}

TEST(WordLexer, KnowsTheOctetsOfALine) {
  EXPECT_EQ(line_octets("\xef\xbb\xbfjoe x\n# c\n\n \\\n bob \\\n y # d\\\n\n\tann"),
            (Texts{"joe x\n", " \\\n bob \\\n y # d\\\n", "\tann"}));
  EXPECT_EQ(line_octets("a b\r\n\r\nc \"d\ne\" f\r\n"), (Texts{"a b\r\n", "c \"d\ne\" f\r\n"}));
}

}  // namespace
}  // namespace upptpd::auth
