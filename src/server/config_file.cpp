#include "server/config_file.hpp"

#include <cerrno>

#include "config/check.hpp"
#include "config/toml_file.hpp"
#include "server/secret_file.hpp"

namespace upptpd::server {

Result<std::string> read_config_file(const std::string& path) {
  const net::FileDescriptor file = own_files().open(path);
  const auto text = file.valid() ? read_all(file.get()) : fail_with(int{errno});
  if (!text) return fail("cannot read the configuration " + path + ": " + reason(text.error()));
  return std::string(text->reveal());
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
