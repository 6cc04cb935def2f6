// The configuration and the users, read again while the server runs: all of it is taken, or
// nothing.
#pragma once

#include <string>

#include "observe/log.hpp"
#include "server/config_file.hpp"
#include "server/monitor.hpp"
#include "server/worker.hpp"

namespace upptpd::server {

/// Reads the file at `path` and has the worker go on with it, unless it is a `dry_run`. Sessions go
/// on as they are. Fails, with nothing changed, where the server would not start with these files.
ReloadResult reload(Worker& worker, Monitor& monitor, const std::string& path, bool dry_run,
                    observe::Log& log);

}  // namespace upptpd::server
