// The start and the end of the server: opens everything, or says in one line what is missing;
// serves; leaves nothing behind.
#pragma once

#include <string>

#include "config/config.hpp"
#include "core/result.hpp"
#include "observe/log.hpp"

namespace upptpd::server {

/// Serves until SIGINT or SIGTERM, then tells the clients and returns; SIGHUP has the file at
/// `config_path`, from which `config` is, read again. A failure to start leaves the system as it
/// was.
Result<void> serve(const config::Config& config, const std::string& config_path, observe::Log& log);

}  // namespace upptpd::server
