// What a new configuration changes for a server that runs.
#pragma once

#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace upptpd::config {

/// Keys as in a file: "network.dns".
struct Changes {
  std::vector<std::string_view> taken;
  /// Stay as they were until the server is started again: what was opened with them is in use.
  std::vector<std::string_view> need_restart;
};

/// Makes of `wanted` what a server with the configuration `running` can go on with.
Changes adapt(Config& wanted, const Config& running);

/// All keys that `adapt` knows.
std::vector<std::string_view> changeable_keys();

}  // namespace upptpd::config
