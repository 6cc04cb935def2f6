#include "auth/word_lexer.hpp"

#include <utility>

namespace upptpd::auth {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Not <cctype>: what counts must not depend on the locale of the process.
bool is_blank(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_control(unsigned octet) { return octet < 0x20 || octet == 0x7f; }

bool is_letter_or_digit(int c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The value of a digit, or 16 for what is none.
unsigned digit_value(int c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

/// What a backslash makes of a character; any that is not listed stands for itself.
unsigned escaped(int c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 's':
      return ' ';
    case 't':
      return '\t';
    default:
      return static_cast<unsigned>(c);
  }
}

}  // namespace

WordLexer::WordLexer(std::string_view text)
    : text_(text), position_(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0) {}

int WordLexer::peek(std::size_t ahead) const {
  if (ahead >= text_.size() - position_) return kEnd;
  return static_cast<unsigned char>(text_[position_ + ahead]);
}

void WordLexer::take() {
  if (text_[position_] == '\n') ++line_;
  ++position_;
}

void WordLexer::skip_comment() {
  // A backslash at the end of a comment does not join lines.
  while (peek() != kEnd && peek() != '\n') take();
}

void WordLexer::skip_blanks() {
  for (;;) {
    if (peek() == '#') {
      skip_comment();
    } else if (peek() == '\\' && peek(1) == '\n') {
      take();
      take();
    } else if (is_blank(peek()) && peek() != '\n') {
      take();
    } else {
      return;
    }
  }
}

std::optional<Word> WordLexer::next() {
  skip_blanks();
  while (peek() == '\n') {
    take();
    skip_blanks();
  }
  return read_word();
}

std::optional<Line> WordLexer::next_line() {
  while (peek() != kEnd) {
    Line line;
    line.begin = position_;
    for (skip_blanks(); peek() != '\n'; skip_blanks()) {
      auto word = read_word();
      if (!word) break;
      line.words.push_back(std::move(*word));
    }
    if (peek() == '\n') take();
    line.end = position_;
    if (!line.words.empty()) return line;
  }
  return {};
}

std::optional<Word> WordLexer::read_word() {
  Word word;
  word.line = line_;
  word.begin = position_;
  int quote = 0;
  unsigned quote_line = 0;
  bool anything = false;  // `""` is a word, nothing is none
  while (peek() != kEnd) {
    const int c = peek();
    if (c == '\\') {
      if (!read_escape(word)) continue;
      anything = true;
    } else if (c == quote) {
      quote = 0;
      anything = true;
      take();
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      quote_line = line_;
      take();
    } else if (quote == 0 && (is_blank(c) || c == '#')) {
      return word;
    } else {
      store(word, static_cast<unsigned>(c));
      anything = true;
      take();
    }
    word.end = position_;
  }
  if (quote != 0) unterminated_quote_ = quote_line;
  if (!anything) return {};
  return word;
}

bool WordLexer::read_escape(Word& word) {
  take();  // the backslash
  const int c = peek();
  if (c == kEnd) return false;
  if (c == '\n') {
    take();
    return false;
  }
  unsigned octet = 0;
  if (digit_value(c) < 8) {
    octet = read_number(8, 3);
  } else if (c == 'x') {
    take();
    octet = read_number(16, 2);
  } else {
    octet = escaped(c);
    take();
  }
  word.escaped_letter = word.escaped_letter || is_letter_or_digit(c);
  word.control_from_escape = word.control_from_escape || is_control(octet & 0xff);
  store(word, octet);
  return true;
}

unsigned WordLexer::read_number(unsigned base, unsigned max_digits) {
  unsigned value = 0;
  for (unsigned n = 0; n < max_digits && digit_value(peek()) < base; ++n) {
    value = value * base + digit_value(peek());
    take();
  }
  return value;
}

void WordLexer::store(Word& word, unsigned octet) {
  octet &= 0xff;
  if (octet == 0) {
    word.cut_at_nul = true;
  } else if (word.text.size() == kMaxWord) {
    word.truncated = true;
  } else if (!word.cut_at_nul) {
    word.text += static_cast<char>(octet);
  }
}

}  // namespace upptpd::auth
