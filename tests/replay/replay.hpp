// Replays one recorded call against our server, in virtual time, and judges what came of it.
#pragma once

#include <string>

#include "capture.hpp"
#include "crypto/library.hpp"

namespace upptpd::replay {

struct Outcome {
  enum class Kind { ok, fail, skip };
  Kind kind = Kind::skip;
  /// What held, what was expected and what came, or why not.
  std::string words{};
};

/// `logins` are the users of our server.
Outcome replay(const crypto::Library& library, const Capture& capture,
               const std::vector<Login>& logins);

}  // namespace upptpd::replay
