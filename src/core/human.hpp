// Numbers and lists as a person reads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace upptpd {

/// "999 B", "1.0 kB", "12 MB": at most six characters, rounded down.
std::string human_size(std::uint64_t octets);
/// Its two largest parts: "59s", "3m 5s", "2h 0m", "12d 7h".
std::string human_duration(std::uint64_t seconds);

/// One after the other: "a, b", or "none".
std::string in_words(std::span<const std::string_view> words);

}  // namespace upptpd
