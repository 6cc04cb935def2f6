// Changes the secrets file on disk: all or nothing, and one writer at a time.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/secrets_editor.hpp"
#include "core/result.hpp"

namespace upptpd::server {

/// The new file takes the place of the old one in one step and has its owner, group and mode. Where
/// the path is a symbolic link, the file that it leads to is replaced. A file that the server would
/// refuse is not touched.
class SecretsWriter {
 public:
  enum class IfMissing { refuse, create };
  using Change = std::function<Result<auth::SecretsEdit>(std::string_view text)>;

  explicit SecretsWriter(std::string path, IfMissing if_missing = IfMissing::refuse,
                         uid_t allowed_owner = geteuid())
      : path_(std::move(path)), if_missing_(if_missing), allowed_owner_(allowed_owner) {}

  /// For another writer; without this, as long as it takes.
  void wait_at_most(std::chrono::milliseconds patience) { patience_ = patience; }

  /// What `change` makes of the file as it is; nothing is written.
  [[nodiscard]] Result<auth::SecretsEdit> attempt(const Change& change) const;

  /// Writes what `change` makes of the file, and waits while another SecretsWriter does. `change`
  /// is called again where the file was replaced meanwhile. After a failure the file is as it was,
  /// unless the message says otherwise.
  [[nodiscard]] Result<auth::SecretsEdit> apply(const Change& change) const;

 private:
  struct Original;
  [[nodiscard]] Result<Original> read() const;
  [[nodiscard]] Result<auth::SecretsEdit> changed(const Original& original,
                                                  const Change& change) const;

  std::string path_;
  IfMissing if_missing_;
  uid_t allowed_owner_;
  std::chrono::milliseconds patience_ = std::chrono::hours(24);
};

}  // namespace upptpd::server
