// The users of a secrets file, as `upptpd user list` shows them: never with a secret.
#pragma once

#include <string>

#include "auth/secrets_file.hpp"

namespace upptpd::apps {

// Of the address column only what was understood is shown: where a password with a blank is not
// quoted, its second half stands in that column.

/// An array of objects with the keys name, server, addresses and line.
std::string to_json(const auth::SecretsFile& users);
/// The same for a person: a table with aligned columns, names as the file writes them.
std::string to_table(const auth::SecretsFile& users);

}  // namespace upptpd::apps
