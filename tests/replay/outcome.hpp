// What is said about one capture, or one call in it.
#pragma once

#include <string>

namespace upptpd::replay {

struct Outcome {
  enum class Kind { ok, fail, skip };
  Kind kind = Kind::skip;
  /// What held, what was expected and what came, or why not.
  std::string words{};
};

}  // namespace upptpd::replay
