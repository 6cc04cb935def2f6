// The secrets file on disk: read when it has changed, refused when others could have written it.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/secrets_file.hpp"
#include "core/result.hpp"
#include "server/secret_file.hpp"

namespace upptpd::server {

/// Not for several threads at a time.
class SecretsStore {
 public:
  struct Notice {
    auth::Diagnostic::Severity severity;
    /// "path:line: text", for a log. Without secrets.
    std::string message;
  };

  /// Fails where the file cannot be read or is unsafe: it must be a regular file, owned by root or
  /// by `allowed_owner`, that neither group nor others can write. To be readable by its group is
  /// the usual set-up (root:upptpd 0640); readable by others earns a warning. `files` must outlive
  /// this.
  static Result<SecretsStore> open(std::string path, uid_t allowed_owner = geteuid(),
                                   SecretFiles& files = own_files());

  /// The users as the file has them now: for every login. Costs a stat() while nothing has changed.
  /// A new version that cannot be read or is unsafe changes nothing but is reported, once.
  std::shared_ptr<const auth::SecretsFile> current();

  /// As they were when last looked at: for what happens more often than logins.
  [[nodiscard]] const auth::SecretsFile& loaded() const { return *file_; }

  /// What has been found since the last call: drain after `open` and after `current`.
  std::vector<Notice> take_notices();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  SecretsStore(std::string path, uid_t allowed_owner, SecretFiles& files)
      : path_(std::move(path)), allowed_owner_(allowed_owner), files_(&files) {}

  [[nodiscard]] bool has_changed() const;
  /// Replaces the users, or says why not. Remembers what it looked at in either case.
  Result<void> reload();
  Result<SecretString> read_watched(const std::string& path);
  Result<SecretString> read_first_word(const std::string& path);
  void forget_others_than(const auth::SecretsFile& file);
  void report_diagnostics(const auth::SecretsFile& file);

  std::string path_;
  uid_t allowed_owner_;
  SecretFiles* files_;
  std::shared_ptr<const auth::SecretsFile> file_;
  using Stamps = std::map<std::string, FileStamp>;
  /// The secrets file and the files that its `@/path` secrets name, as they were when last looked
  /// at.
  Stamps stamps_;
  /// The same when the users were last replaced, and when that last failed.
  Stamps loaded_;
  Stamps failed_;
  /// Whatever the stamps say: a file was so new when read that another change might leave the same
  /// stamp, or could not be read for a reason that may pass.
  bool look_again_ = false;
  std::vector<Notice> notices_;
};

}  // namespace upptpd::server
