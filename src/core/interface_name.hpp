// What Linux takes as the name of a network interface.
#pragma once

#include <string_view>

namespace upptpd {

/// Octets; the kernel's IFNAMSIZ less the terminator.
inline constexpr std::size_t kLongestInterfaceName = 15;

/// What the kernel refuses (dev_valid_name) is none, nor is a name with %, which it would replace
/// by a number.
constexpr bool is_interface_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestInterfaceName && name != "." && name != ".." &&
         name.find_first_of("/: %\t\n\v\f\r") == std::string_view::npos;
}

}  // namespace upptpd
