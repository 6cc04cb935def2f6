// Whether the values of a configuration fit together.
#pragma once

#include <vector>

#include "auth/secrets_file.hpp"
#include "config/config.hpp"
#include "config/problem.hpp"

namespace upptpd::config {

/// What no single value shows: addresses given twice, a pool too small. Errors are what cannot
/// work; with warnings the server starts. Each message begins with its key; the place in a file is
/// not known here.
std::vector<Problem> find_problems(const Config& config);

/// What in the users' words does not fit the configuration, with its line: a pool that there is
/// not.
std::vector<Problem> find_user_problems(const Config& config, const auth::SecretsFile& users);

/// Whether one of them is more than a warning.
bool has_error(const std::vector<Problem>& problems);

/// Number of addresses of the pool.
std::uint64_t pool_size(const std::vector<AddressRange>& ranges);

}  // namespace upptpd::config
