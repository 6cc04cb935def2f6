// Reads /etc/upptpd/upptpd.toml.
#pragma once

#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/problem.hpp"
#include "core/result.hpp"

namespace upptpd::config {

/// The configuration that a TOML text describes; keys that it does not mention keep their defaults.
/// Else everything that is wrong with it, each with its place (after a syntax error only that one).
/// Unknown keys are errors, and so are those of later versions: a line that does nothing must not
/// look as if it did. Relative paths are taken from the folder of `file_name`. Whether the values
/// fit together is `find_problems`' business.
Result<Config, std::vector<Problem>> parse_toml(std::string_view text, std::string_view file_name);

}  // namespace upptpd::config
