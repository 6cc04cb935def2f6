// The configuration file on disk: read, and checked as a whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/changes.hpp"
#include "config/config.hpp"
#include "core/result.hpp"

namespace upptpd::server {

/// What a file says, or what is wrong with it: one line for each, with its place.
struct CheckedConfig {
  config::Config config;
  std::vector<std::string> warnings;
};
using ConfigErrors = std::vector<std::string>;

/// What came of reading it again while the server runs; with errors nothing has changed.
struct Reload {
  config::Changes changes;
  /// What works but deserves a look.
  std::vector<std::string> warnings;
};
using ReloadResult = Result<Reload, ConfigErrors>;

/// The text of the file.
Result<std::string> read_config_file(const std::string& path);
/// What the text says, where its values also fit together. `path` is for messages, and what
/// relative paths in it are relative to.
Result<CheckedConfig, ConfigErrors> check_config(std::string_view text, const std::string& path);

}  // namespace upptpd::server
