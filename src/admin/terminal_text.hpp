// Names and times for a person at a terminal.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace upptpd::admin {

/// ISO 8601 in UTC: "2026-11-22T08:36:00Z".
std::string utc_text(std::chrono::system_clock::time_point time);

/// How many characters of a terminal a UTF-8 text takes, if each takes one.
std::size_t displayed_width(std::string_view text);
/// Escaped so that it does nothing to a terminal, at most `width` characters; a longer one ends in
/// "…".
std::string shown(std::string_view name, std::size_t width);
/// Filled with blanks up to `width` characters.
std::string left(std::string text, std::size_t width);
std::string right(std::string text, std::size_t width);

}  // namespace upptpd::admin
