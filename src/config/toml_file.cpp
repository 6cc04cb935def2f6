#include "config/toml_file.hpp"

#include <filesystem>

#include "config/toml_field.hpp"
#include "config/toml_keys.hpp"
#include "core/bytes.hpp"

namespace upptpd::config {
namespace {

/// sun_path has 108 octets, one of them for the end.
constexpr std::size_t kMaxSocketPath = 107;
/// Of what toml++ says about a syntax error.
constexpr std::size_t kMaxDescription = 300;

constexpr std::string_view kNotYet =
    ": not yet; this version can't do that, so take it out of the file";

std::string in_folder_of(std::string_view file_name, const std::string& path) {
  return (std::filesystem::path(file_name).parent_path() / path).string();
}

class TomlReader {
 public:
  explicit TomlReader(std::string_view file_name) : file_name_(file_name), problems_(file_name) {}

  Result<Config, std::vector<Problem>> run(std::string_view text) {
    try {
      read_root(toml::parse(text, file_name_));
    } catch (const toml::parse_error& error) {
      problems_.add(error.source().begin, printable(error.description(), kMaxDescription));
    }
    if (!problems_.empty()) return fail_with(problems_.take_sorted());
    for (std::string* path :
         {&config_.auth.secrets, &config_.admin.socket, &config_.hooks.ip_pre_up,
          &config_.hooks.ip_up, &config_.hooks.ip_down, &config_.hooks.auth_up,
          &config_.hooks.auth_down}) {
      if (!path->empty()) *path = in_folder_of(file_name_, *path);
    }
    return std::move(config_);
  }

 private:
  void read_root(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const toml::source_position place = key.source().begin;
      const std::string name = printable(key.str());
      switch (find_toml_table(key.str())) {
        case TomlTable::known:
          if (const toml::table* table = node.as_table()) {
            read_table(key.str(), *table);
          } else {
            problems_.add(place,
                          name + ": must be a table: write [" + name + "] on a line of its own");
          }
          break;
        case TomlTable::later:
          problems_.add(place, std::string("[").append(name).append("]").append(kNotYet));
          break;
        case TomlTable::unknown:
          problems_.add(place, node.is_table()
                                   ? "[" + name + "]: unknown table" + suggest_table(key.str())
                                   : name + ": unknown key" + suggest_key("", key.str()));
          break;
      }
    }
  }

  void read_table(std::string_view table, const toml::table& keys) {
    for (const auto& [key, node] : keys) {
      const toml::source_position place = key.source().begin;
      const std::string name = std::string(table) + "." + printable(key.str());
      const TomlKey* known = find_toml_key(table, key.str());
      if (known == nullptr) {
        problems_.add(place, name + ": unknown key" + suggest_key(table, key.str()));
      } else if (known->read == nullptr) {
        problems_.add(place, name + std::string(kNotYet));
      } else {
        const Field field(node, name, problems_);
        known->read(field, config_);
        if (name == "admin.socket") check_socket(field);
      }
    }
  }

  void check_socket(const Field& field) const {
    if (in_folder_of(file_name_, config_.admin.socket).size() > kMaxSocketPath) {
      field.error("the path of a Unix socket has at most " + std::to_string(kMaxSocketPath) +
                  " octets");
    }
  }

  std::string file_name_;
  ProblemList problems_;
  Config config_;
};

}  // namespace

Result<Config, std::vector<Problem>> parse_toml(std::string_view text, std::string_view file_name) {
  return TomlReader(file_name).run(text);
}

}  // namespace upptpd::config
