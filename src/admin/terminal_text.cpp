#include "admin/terminal_text.hpp"

#include <algorithm>
#include <ctime>

#include "core/bytes.hpp"

namespace upptpd::admin {
namespace {

constexpr std::string_view kEllipsis = "…";

std::string padding(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, displayed_width(text)), ' ');
}

}  // namespace

std::string utc_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[sizeof("2026-11-22T08:36:00Z") + 8];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::size_t displayed_width(std::string_view text) {
  // Every octet but the second and later ones of a character.
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char octet) { return (static_cast<unsigned char>(octet) & 0xc0U) != 0x80U; }));
}

std::string shown(std::string_view name, std::size_t width) {
  std::string text = printable(name, name.size());
  if (text.size() <= width) return text;
  return text.substr(0, width - 1) + std::string(kEllipsis);
}

std::string left(std::string text, std::size_t width) {
  const std::string blanks = padding(text, width);
  return std::move(text) + blanks;
}

std::string right(std::string text, std::size_t width) { return padding(text, width) + text; }

}  // namespace upptpd::admin
