#include "server/secrets_store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

#include "auth/word_lexer.hpp"
#include "server/secret_file.hpp"

namespace upptpd::server {
namespace {

using Severity = auth::Diagnostic::Severity;

/// A file that has been looked at, and read if it is safe.
struct Reading {
  FileStamp stamp;
  /// Or why not, as the end of a sentence that begins with the file.
  Result<SecretString> text;
  bool readable_by_others = false;
  /// The next attempt may succeed with the file as it is.
  bool may_recover = false;
};

Reading read_safely(SecretFiles& files, const std::string& path, uid_t allowed_owner) {
  const net::FileDescriptor file = files.open(path);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    const int error = errno;
    return {files.look_at(path), fail("cannot be opened: " + reason(error)), false, true};
  }
  const FileStamp stamp = stamp_of(status);
  const std::string unsafe = objection(status, allowed_owner);
  if (!unsafe.empty()) return {stamp, fail("is refused: it " + unsafe)};
  auto text = read_all(file.get());
  if (!text) return {stamp, fail("cannot be read: " + reason(text.error())), false, true};
  return {stamp, std::move(*text), (status.st_mode & S_IROTH) != 0};
}

}  // namespace

Result<SecretsStore> SecretsStore::open(std::string path, uid_t allowed_owner, SecretFiles& files) {
  SecretsStore store(std::move(path), allowed_owner, files);
  const Result<void> loaded = store.reload();
  if (!loaded) return tl::unexpected<Error>(loaded.error());
  return store;
}

std::shared_ptr<const auth::SecretsFile> SecretsStore::current() {
  if (!has_changed()) return file_;
  const Result<void> loaded = reload();
  if (loaded) {
    failed_.clear();
  } else if (failed_ != stamps_) {
    failed_ = stamps_;
    notices_.push_back(
        {Severity::error, loaded.error().message + "; the users stay those of the version before"});
  }
  return file_;
}

std::vector<SecretsStore::Notice> SecretsStore::take_notices() {
  return std::exchange(notices_, {});
}

bool SecretsStore::has_changed() const {
  if (look_again_) return true;
  return std::any_of(stamps_.begin(), stamps_.end(), [this](const auto& watched) {
    return files_->look_at(watched.first) != watched.second;
  });
}

Result<SecretString> SecretsStore::read_watched(const std::string& path) {
  Reading reading = read_safely(*files_, path, allowed_owner_);
  const auto known = stamps_.find(path);
  const bool is_new = known == stamps_.end() || known->second != reading.stamp;
  stamps_.insert_or_assign(path, reading.stamp);
  if (reading.stamp.error == 0 && (reading.may_recover || is_recent(reading.stamp))) {
    look_again_ = true;
  }
  if (reading.readable_by_others && is_new) {
    notices_.push_back({Severity::warning, path + ": others can read it: chmod o-r it"});
  }
  return std::move(reading.text);
}

Result<SecretString> SecretsStore::read_first_word(const std::string& path) {
  // Without its path: a secret that happens to begin with @/ would show in the log.
  const std::string name = "the file that @/... names ";
  const Result<SecretString> text = read_watched(path);
  if (!text) return fail(name + text.error().message);
  auth::WordLexer lexer(text->reveal());
  auto word = lexer.next();
  if (!word) return fail(name + "has no word in it");
  return SecretString(std::move(word->text));
}

Result<void> SecretsStore::reload() {
  look_again_ = false;
  const Result<SecretString> text = read_watched(path_);
  if (!text) return fail(path_ + ": " + text.error().message);
  auto file = std::make_shared<auth::SecretsFile>(auth::SecretsFile::parse(text->reveal()));
  forget_others_than(*file);
  file->resolve_paths([this](const std::string& path) { return read_first_word(path); });
  // A file that was looked at again only for being recent has nothing new to tell.
  if (loaded_ != stamps_) report_diagnostics(*file);
  loaded_ = stamps_;
  file_ = std::move(file);
  return {};
}

void SecretsStore::forget_others_than(const auth::SecretsFile& file) {
  std::set<std::string_view> named = {path_};
  for (const auth::SecretsEntry& entry : file.entries()) named.insert(entry.secret_path);
  std::erase_if(stamps_, [&](const auto& watched) { return !named.contains(watched.first); });
}

void SecretsStore::report_diagnostics(const auth::SecretsFile& file) {
  for (const auth::Diagnostic& diagnostic : file.diagnostics()) {
    notices_.push_back({diagnostic.severity,
                        path_ + ":" + std::to_string(diagnostic.line) + ": " + diagnostic.message});
  }
  if (file.entries().empty()) {
    notices_.push_back({Severity::warning, path_ + ": has no user: nobody can log in"});
  }
}

}  // namespace upptpd::server
