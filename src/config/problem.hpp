// What is wrong with a configuration, for the person who wrote it.
#pragma once

#include <string>

namespace upptpd::config {

struct Problem {
  enum class Severity { warning, error };
  Severity severity = Severity::error;
  /// Empty, and 0, as far as the place is not known.
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  /// Says what is accepted.
  std::string message;

  /// "file:line:column: message", with "warning: " before the message of a warning.
  [[nodiscard]] std::string to_string() const;
};

}  // namespace upptpd::config
