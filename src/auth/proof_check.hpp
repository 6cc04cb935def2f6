// Whether what a client has shown fits a user's secret.
#pragma once

#include <string_view>

#include "auth/login.hpp"
#include "auth/user_secret.hpp"

namespace upptpd::auth {

/// Fills in what follows from the secret: keys, the text of the Success, a new password. `name` is
/// as the client sent it. The policy and the user's own name are not known here.
LoginVerdict check_proof(const crypto::Library& library, std::string_view name,
                         const LoginProof& proof, const UserSecret& secret);

}  // namespace upptpd::auth
