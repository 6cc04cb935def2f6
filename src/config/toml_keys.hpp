// The keys of upptpd.toml: which there are, what reads each, and which one was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/toml_field.hpp"

namespace upptpd::config {

struct TomlKey {
  std::string_view table;
  std::string_view name;
  /// Puts the value into the configuration. Null: a key of a later version.
  void (*read)(const Field& field, Config& config);
};

/// All keys of the tables that there are.
std::span<const TomlKey> toml_keys();

/// Null if there is none.
const TomlKey* find_toml_key(std::string_view table, std::string_view name);

enum class TomlTable { known, later, unknown };
TomlTable find_toml_table(std::string_view name);

/// "; did you mean server.port?", or what is accepted instead. An empty `table`: the key stands
/// above all tables.
std::string suggest_key(std::string_view table, std::string_view name);
std::string suggest_table(std::string_view name);

}  // namespace upptpd::config
