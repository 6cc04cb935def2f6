// The other end of the admin socket: one request, one answer.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.hpp"

namespace upptpd::admin {

/// Blocks until the answer is there. An answer with the key "error" is a failure.
Result<nlohmann::json> ask(const std::string& socket_path, const nlohmann::json& request);

}  // namespace upptpd::admin
