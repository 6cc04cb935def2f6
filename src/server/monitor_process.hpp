// The monitor: the process that keeps the rights with which the server was started, and does what
// the server has to ask for: opens the files that the configuration names, stores a user's new
// password, runs hooks. What comes from the server is checked as if it came from an enemy.
#pragma once

#include <string>

#include "config/config.hpp"
#include "server/message_channel.hpp"

namespace upptpd::server {

/// Ends with the server, and kills the hooks that still run then.
[[noreturn]] void run_monitor(MessageChannel questions, MessageChannel hooks, config::Config config,
                              const std::string& config_path);

}  // namespace upptpd::server
