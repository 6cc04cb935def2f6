#include "core/human.hpp"

namespace upptpd {

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

std::string in_words(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) (text += text.empty() ? "" : ", ") += word;
  return text.empty() ? "none" : text;
}

}  // namespace upptpd
