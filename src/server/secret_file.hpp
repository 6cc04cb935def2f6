// Files of secrets: when they are refused, and how they are read.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

#include "core/result.hpp"
#include "core/secret.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::server {

/// For reading, without waiting for what is no file; -1 with errno set if that fails.
net::FileDescriptor open_secret_file(const std::string& path);

/// What is unsafe about a file that is the administrator's alone, with secrets or a hook, as the
/// end of a sentence that begins with "it"; empty if nothing is. It must be a regular file, owned
/// by root or by `allowed_owner`, that neither group nor others can write.
std::string objection(const struct stat& status, uid_t allowed_owner);

/// The whole file, or an errno: EFBIG above 64 MiB.
Result<SecretString, int> read_all(int descriptor, off_t expected_size);

/// What an errno means.
std::string reason(int error);

}  // namespace upptpd::server
