// The words of chap-secrets and of pppd's options files, split exactly as pppd's getword() splits
// them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upptpd::auth {

struct Word {
  /// Quotes and escapes are gone. Ends before the first NUL, since for pppd a word is a C string.
  std::string text;
  /// Where the word begins, counted from 1; joined and quoted lines count.
  unsigned line = 1;
  /// Its octets in the text, with quotes and escapes. Lines joined behind it are not part of it.
  std::size_t begin = 0;
  std::size_t end = 0;
  /// An escape produced a control character: `DOMAIN\bob` is DOMAIN, backspace, ob.
  bool control_from_escape = false;
  /// A backslash stood before a letter or digit: in a name, `DOMAIN\user` loses its backslash.
  bool escaped_letter = false;
  /// Longer than pppd's buffer; the rest is gone.
  bool truncated = false;
  /// The word went on after a NUL; the rest is gone.
  bool cut_at_nul = false;
};

/// An entry: words up to a newline that no backslash joins to the next line.
struct Line {
  /// At least one.
  std::vector<Word> words;
  /// Its octets in the text, with the blanks before it, the comment behind it and the newline.
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Reads words one after the other, or line by line. The text must outlive the lexer.
///
/// Differs from pppd in two things: a UTF-8 byte order mark at the start is skipped, and `""` as
/// the very last word of a file without a final newline is a word.
class WordLexer {
 public:
  /// pppd's MAXWORDLEN less the terminator.
  static constexpr std::size_t kMaxWord = 1023;

  explicit WordLexer(std::string_view text);

  /// The next word, on whatever line, or nothing at the end of the text.
  std::optional<Word> next();
  /// The next line that has words (or what `next()` has left of it), or nothing at the end.
  std::optional<Line> next_line();

  /// The line where a quote opened that was still open at the end of the text. Set once the end has
  /// been reached.
  [[nodiscard]] std::optional<unsigned> unterminated_quote() const { return unterminated_quote_; }

 private:
  static constexpr int kEnd = -1;

  [[nodiscard]] int peek(std::size_t ahead = 0) const;
  void take();
  /// Goes to the next word or to the end of the line.
  void skip_blanks();
  void skip_comment();
  /// Nothing at the end of the text. Not to be called at a blank.
  std::optional<Word> read_word();
  /// False for one that stands for no octet: at the end of a line it joins, at the end of the text
  /// it is nothing.
  bool read_escape(Word& word);
  unsigned read_number(unsigned base, unsigned max_digits);
  static void store(Word& word, unsigned octet);

  std::string_view text_;
  std::size_t position_ = 0;
  unsigned line_ = 1;
  std::optional<unsigned> unterminated_quote_;
};

}  // namespace upptpd::auth
