// Replays the calls of one capture against our server, in virtual time, and judges what came of
// them.
#pragma once

#include "capture.hpp"
#include "crypto/library.hpp"
#include "outcome.hpp"

namespace upptpd::replay {

/// `logins` are the users of our server. One call's failure is the capture's; it is left out only
/// if all of its calls are.
Outcome replay(const crypto::Library& library, const Capture& capture,
               const std::vector<Login>& logins);

}  // namespace upptpd::replay
