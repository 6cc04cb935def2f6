// What an administrator is told of the system and of the configuration when they come into force.
#pragma once

#include "auth/secrets_file.hpp"
#include "config/config.hpp"
#include "observe/log.hpp"

namespace upptpd::server {

void warn_if_not_forwarding(observe::Log& log);
/// Takes a descriptor for each control connection that may come.
void allow_descriptors(const config::Config& config, observe::Log& log);
/// A line for each setting that is weaker than its default.
void log_weaker_choices(observe::Log& log, const config::Config& config,
                        const auth::SecretsFile& users);
void log_start(observe::Log& log, const config::Config& config);

}  // namespace upptpd::server
