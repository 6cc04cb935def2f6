// The rules of a recorded server, as far as the recording shows them: our server is to do what it
// did.
#pragma once

#include "auth/local_verifier.hpp"
#include "ppp/ccp.hpp"
#include "recorded_login.hpp"

namespace upptpd::replay {

/// How the data of the call were encrypted, without what this server never agrees to (MPPC); none
/// in clear.
std::optional<ppp::EncryptionModes> find_modes(const Recording& recording);

/// Whether the server gave the client its address, so that packets could pass.
bool reached_network(const Recording& recording);

auth::LoginRules find_rules(const Recording& recording, const RecordedLogin& login);

/// Whether the client asked for MPPE and the server would have none of it.
bool server_refused_encryption(const Recording& recording);

}  // namespace upptpd::replay
