// The server's statistics as a person sees them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace upptpd::admin {

/// For a terminal of 80 columns. `stats` is as docs/admin-protocol.md has it; reasons that never
/// occurred are left out.
std::string stats_text(const nlohmann::json& stats);

}  // namespace upptpd::admin
