#include "config/problem.hpp"

namespace upptpd::config {

std::string Problem::to_string() const {
  std::string text = file;
  if (line != 0) {
    if (!text.empty()) text += ':';
    text += std::to_string(line) + ":" + std::to_string(column);
  }
  if (!text.empty()) text += ": ";
  if (severity == Severity::warning) text += "warning: ";
  return text + message;
}

}  // namespace upptpd::config
