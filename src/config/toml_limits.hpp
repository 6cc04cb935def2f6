// What reads each key of [limits] in upptpd.toml.
#pragma once

#include "config/config.hpp"
#include "config/toml_field.hpp"

namespace upptpd::config {

void read_prelogin(const Field& field, Config& config);
void read_prelogin_per_address(const Field& field, Config& config);
void read_prelogin_per_network(const Field& field, Config& config);
void read_login_timeout(const Field& field, Config& config);
void read_login_failures(const Field& field, Config& config);
void read_block_time(const Field& field, Config& config);
void read_allow(const Field& field, Config& config);
void read_deny(const Field& field, Config& config);

}  // namespace upptpd::config
