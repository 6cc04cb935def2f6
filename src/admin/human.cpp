#include "admin/human.hpp"

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

std::string human_size(std::uint64_t octets) {
  if (octets < 1000) return std::to_string(octets) + " B";
  constexpr std::string_view kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  std::uint64_t unit = 1000;
  std::size_t index = 0;
  for (; octets / unit >= 1000; ++index) unit *= 1000;
  std::string number = std::to_string(octets / unit);
  if (number.size() == 1) number += '.' + std::to_string(octets % unit / (unit / 10));
  return number + ' ' + std::string(kUnits[index]);
}

std::string human_duration(std::uint64_t seconds) {
  const auto two = [](std::uint64_t large, const char* unit, std::uint64_t small,
                      const char* small_unit) {
    return std::to_string(large) + unit + ' ' + std::to_string(small) + small_unit;
  };
  if (seconds < 60) return std::to_string(seconds) + "s";
  const std::uint64_t minutes = seconds / 60;
  if (minutes < 60) return two(minutes, "m", seconds % 60, "s");
  const std::uint64_t hours = minutes / 60;
  if (hours < 24) return two(hours, "h", minutes % 60, "m");
  return two(hours / 24, "d", hours % 24, "h");
}

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
