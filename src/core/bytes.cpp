#include "core/bytes.hpp"

#include <algorithm>

namespace upptpd {
namespace {

std::string hex_with(View bytes, std::string_view digits) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::uint8_t octet : bytes) {
    text += digits[octet >> 4];
    text += digits[octet & 0xf];
  }
  return text;
}

int nibble(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::string to_hex(View bytes) { return hex_with(bytes, "0123456789abcdef"); }

std::string to_upper_hex(View bytes) { return hex_with(bytes, "0123456789ABCDEF"); }

Bytes from_hex(std::string_view digits) {
  Bytes bytes;
  int high = -1;
  for (char digit : digits) {
    if (digit == ' ' || digit == '\n') continue;
    const int value = nibble(digit);
    if (value < 0) return {};
    if (high < 0) {
      high = value;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high << 4 | value));
      high = -1;
    }
  }
  return high < 0 ? bytes : Bytes{};
}

std::string printable(View bytes, std::size_t limit) {
  std::string text;
  for (std::uint8_t octet : bytes.first(std::min(limit, bytes.size()))) {
    if (octet >= 0x20 && octet < 0x7f && octet != '\\') {
      text += static_cast<char>(octet);
    } else if (octet == '\\') {
      text += "\\\\";
    } else {
      text += "\\x" + to_hex(View(&octet, 1));
    }
  }
  if (bytes.size() > limit) text += "...";
  return text;
}

std::string printable(std::string_view text, std::size_t limit) {
  return printable(as_view(text), limit);
}

View as_view(std::string_view text) {
  // char and unsigned char may alias; this is the one place that turns text into octets.
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};  // NOLINT
}

}  // namespace upptpd
