// Bytes as the protocols see them: an owned string of octets and a view of one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace upptpd {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;
using MutableView = std::span<std::uint8_t>;

/// The octets of a text, without a terminator.
Bytes to_bytes(std::string_view text);

/// Lower-case hexadecimal, two digits an octet, no separators.
std::string to_hex(View bytes);

/// Upper-case hexadecimal (the `S=` string of MS-CHAPv2 wants it so).
std::string to_upper_hex(View bytes);

/// The octets that a string of hexadecimal digits (blanks ignored) stands for. Empty for anything
/// that is not hexadecimal. For configuration, tests and vectors, not for the wire.
Bytes from_hex(std::string_view digits);

/// Text from the peer made fit for a log line: printable ASCII stays, every other octet becomes
/// \xHH, at most `limit` octets are shown.
std::string printable(View bytes, std::size_t limit = 64);
std::string printable(std::string_view text, std::size_t limit = 64);

/// A view of a text's octets.
View as_view(std::string_view text);

}  // namespace upptpd
