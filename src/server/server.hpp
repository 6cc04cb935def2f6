// The start and the end of the server: opens everything, or says in one line what is missing;
// serves; leaves nothing behind.
#pragma once

#include "config/config.hpp"
#include "core/result.hpp"
#include "observe/log.hpp"

namespace upptpd::server {

/// Serves until SIGINT or SIGTERM, then tells the clients and returns. A failure to start leaves
/// the system as it was.
Result<void> serve(const config::Config& config, observe::Log& log);

}  // namespace upptpd::server
