#include "server/config_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/check.hpp"
#include "config/toml_file.hpp"

namespace upptpd::server {

Result<std::string> read_config_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  // A folder opens like a file, and only reading it fails.
  if (!file || !text) {
    return fail("cannot read the configuration " + path + ": " + std::strerror(errno));
  }
  return text.str();
}

Result<CheckedConfig, ConfigErrors> check_config(std::string_view text, const std::string& path) {
  auto config = config::parse_toml(text, path);
  std::vector<std::string> lines;
  if (!config) {
    for (const config::Problem& problem : config.error()) lines.push_back(problem.to_string());
    return fail_with(std::move(lines));
  }
  const auto problems = config::find_problems(*config);
  for (const config::Problem& problem : problems) {
    lines.push_back(path + ": " + problem.to_string());
  }
  if (config::has_error(problems)) return fail_with(std::move(lines));
  return CheckedConfig{std::move(*config), std::move(lines)};
}

}  // namespace upptpd::server
