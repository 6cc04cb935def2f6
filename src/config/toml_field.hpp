// One value of a TOML file: typed access that reports what is wrong, and where, instead of
// throwing.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problem.hpp"

namespace upptpd::config {

/// What has been found wrong with one file so far.
class ProblemList {
 public:
  explicit ProblemList(std::string_view file_name) : file_(file_name) {}

  void add(const toml::source_position& place, std::string message);
  /// In the order of their places; leaves none behind.
  std::vector<Problem> take_sorted();
  [[nodiscard]] bool empty() const { return problems_.empty(); }

 private:
  std::string file_;
  std::vector<Problem> problems_;
};

/// Of what one key may be: without a value, the name is one of a later version.
template <class T>
struct Choice {
  std::string_view name;
  std::optional<T> value;
};

/// Every access that yields nothing has reported why.
class Field {
 public:
  /// `key` as "server.port".
  Field(const toml::node& node, std::string key, ProblemList& problems)
      : node_(&node), key_(std::move(key)), problems_(&problems) {}

  void error(std::string_view what) const;

  /// `what` continues "must be an integer from MIN to MAX" (" seconds").
  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t min, std::int64_t max,
                                                    std::string_view what = "") const;
  [[nodiscard]] std::optional<bool> boolean() const;
  /// Not empty, without control characters, at most `max_size` octets.
  [[nodiscard]] std::optional<std::string> text(std::size_t max_size) const;
  /// The same, or empty.
  [[nodiscard]] std::optional<std::string> text_or_empty(std::size_t max_size) const;
  [[nodiscard]] bool is_text() const { return node_->is_string(); }
  /// The items of an array that is not empty unless `may_be_empty`. `example` shows such an array.
  [[nodiscard]] std::optional<std::vector<Field>> items(std::string_view example,
                                                        bool may_be_empty = false) const;

  /// The values of a table, which may be empty, by their keys. `example` shows such a table.
  [[nodiscard]] std::optional<std::vector<std::pair<std::string, Field>>> entries(
      std::string_view example) const;

  /// The value that a name stands for.
  template <class T>
  [[nodiscard]] std::optional<T> choice(std::string_view name,
                                        std::span<const Choice<T>> choices) const {
    std::string accepted;
    for (const Choice<T>& choice : choices) {
      if (choice.name == name) {
        if (!choice.value) error(not_yet(name));
        return choice.value;
      }
      if (!choice.value) continue;
      if (!accepted.empty()) accepted += ", ";
      accepted += choice.name;
    }
    error(unknown_choice(name, accepted));
    return {};
  }

 private:
  static std::string not_yet(std::string_view name);
  static std::string unknown_choice(std::string_view name, std::string_view accepted);
  void wrong_type(std::string_view wanted) const;

  const toml::node* node_;
  std::string key_;
  ProblemList* problems_;
};

}  // namespace upptpd::config
