// Files of secrets: when they are refused, and how they are read.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

#include "core/result.hpp"
#include "core/secret.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::server {

/// What makes one state of a file differ from another.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  /// Nanoseconds since the epoch.
  long long modified = 0;
  /// Also changes with owner and mode, and cannot be set back.
  long long changed = 0;
  /// The errno of a file that cannot be looked at.
  int error = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp_of(const struct stat& status);

/// Whether the file may have changed since without another stamp to show for it: kernels stamp
/// files with the time of their last tick.
bool is_recent(const FileStamp& stamp);

/// How such files are come by.
class SecretFiles {
 public:
  virtual ~SecretFiles() = default;
  /// For reading, without waiting for what is no file; invalid with errno set if that fails.
  [[nodiscard]] virtual net::FileDescriptor open(const std::string& path) = 0;
  [[nodiscard]] virtual FileStamp look_at(const std::string& path) = 0;
};

/// With the rights of this process.
SecretFiles& own_files();

/// What is unsafe about a file that is the administrator's alone, with secrets or a hook, as the
/// end of a sentence that begins with "it"; empty if nothing is. It must be a regular file, owned
/// by root or by `allowed_owner`, that neither group nor others can write.
std::string objection(const struct stat& status, uid_t allowed_owner);

/// The whole file, or an errno: EFBIG above 64 MiB.
Result<SecretString, int> read_all(int descriptor);

/// What an errno means.
std::string reason(int error);

}  // namespace upptpd::server
