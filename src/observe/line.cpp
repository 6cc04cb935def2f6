#include "observe/line.hpp"

#include "core/bytes.hpp"

namespace upptpd::observe {
namespace {

constexpr std::size_t kLongestValue = 512;

}  // namespace

Line::Line(std::string_view event) { text_.append("event=").append(event); }

Line& Line::add(std::string_view key, std::string_view value) {
  text_.append(" ").append(key).append("=");
  const std::string safe = printable(value, kLongestValue);
  if (!safe.empty() && safe.find_first_of(" \"=") == std::string::npos) {
    text_ += safe;
    return *this;
  }
  text_ += '"';
  for (char letter : safe) {
    if (letter == '"') text_ += '\\';
    text_ += letter;
  }
  text_ += '"';
  return *this;
}

}  // namespace upptpd::observe
