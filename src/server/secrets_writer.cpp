#include "server/secrets_writer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>

#include "server/secret_file.hpp"

namespace upptpd::server {
namespace {

namespace fs = std::filesystem;

/// Between two attempts to be the only writer.
constexpr auto kLockPause = std::chrono::milliseconds(20);

tl::unexpected<Error> fail_at(const std::string& path, const std::string& what, int error) {
  return fail(path + ": " + what + ": " + reason(error));
}

bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Nothing is there, not even a symbolic link that leads nowhere.
bool is_missing(const std::string& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::not_found;
}

/// A new file in the folder of another, to take its place. Removed when it goes.
class Replacement {
 public:
  explicit Replacement(std::string target)
      : target_(std::move(target)),
        folder_(fs::path(target_).parent_path()),
        path_(target_ + ".XXXXXX") {}
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement() {
    // After a rename there is nothing left of that name.
    if (file_.valid()) ::unlink(path_.c_str());
  }

  /// With the owner, group and mode of `model`, or 0600 and ours without one. They come first, so
  /// that nobody reads the text who should not.
  Result<void> write(std::string_view text, const struct stat* model) {
    file_ = net::FileDescriptor(::mkostemp(path_.data(), O_CLOEXEC));
    if (!file_.valid()) return fail_at(target_, "no new file can be made beside it", errno);
    if (model != nullptr && (::fchown(file_.get(), model->st_uid, model->st_gid) != 0 ||
                             ::fchmod(file_.get(), model->st_mode & 07777) != 0)) {
      return fail_at(target_, "a new file cannot be given its owner, group and mode", errno);
    }
    while (!text.empty()) {
      const ssize_t size = ::write(file_.get(), text.data(), text.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return fail_at(target_, "the new file beside it cannot be written", errno);
      text.remove_prefix(static_cast<std::size_t>(size));
    }
    if (::fsync(file_.get()) != 0) {
      return fail_at(target_, "the new file beside it cannot be written", errno);
    }
    return {};
  }

  /// Takes the place of the target, or of nothing: false if there is something by now.
  Result<bool> take_place(bool of_nothing) {
    const int result = of_nothing ? ::link(path_.c_str(), target_.c_str())
                                  : ::rename(path_.c_str(), target_.c_str());
    if (result == 0) return settle();
    if (of_nothing && errno == EEXIST) return false;
    if (errno == EBUSY) {
      return fail(target_ + ": is mounted by itself and cannot be replaced: mount its folder");
    }
    return fail_at(target_, "the new file cannot take its place", errno);
  }

 private:
  /// True once a power failure can no longer undo what was done to the folder.
  Result<bool> settle() {
    const net::FileDescriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.valid() && ::fsync(folder.get()) == 0) return true;
    return fail_at(target_, "has been changed, but may be lost in a power failure", errno);
  }

  std::string target_;
  std::string folder_;
  std::string path_;
  net::FileDescriptor file_;
};

}  // namespace

/// The file as it is. The lock on it lasts as long as this.
struct SecretsWriter::Original {
  /// Behind all symbolic links.
  std::string target;
  /// Invalid where there is no file yet; then the text is empty.
  net::FileDescriptor file;
  struct stat status {};
  SecretString text;
};

Result<SecretsWriter::Original> SecretsWriter::read() const {
  for (;;) {
    Original original;
    std::error_code error;
    original.target = fs::canonical(path_, error);
    if (error && if_missing_ == IfMissing::create && is_missing(path_)) {
      original.target = fs::absolute(path_);
      return original;
    }
    // Another writer may have made it since.
    if (error == std::errc::no_such_file_or_directory && fs::exists(path_)) continue;
    if (error) return fail_at(path_, "cannot be opened", error.value());
    original.file = own_files().open(original.target);
    if (!original.file.valid()) return fail_at(path_, "cannot be opened", errno);
    for (auto left = patience_; ::flock(original.file.get(), LOCK_EX | LOCK_NB) != 0;
         left -= kLockPause) {
      const bool another = errno == EWOULDBLOCK || errno == EINTR;
      if (!another || left <= kLockPause) return fail_at(path_, "cannot be locked", errno);
      std::this_thread::sleep_for(kLockPause);
    }
    struct stat now {};
    if (::fstat(original.file.get(), &original.status) != 0) {
      return fail_at(path_, "cannot be looked at", errno);
    }
    // While we waited, another writer may have put a new file in its place.
    if (::stat(original.target.c_str(), &now) != 0 || !is_same_file(original.status, now)) continue;
    const std::string unsafe = objection(original.status, allowed_owner_);
    if (!unsafe.empty()) return fail(path_ + ": is refused: it " + unsafe);
    auto text = read_all(original.file.get());
    if (!text) return fail_at(path_, "cannot be read", text.error());
    original.text = std::move(*text);
    return original;
  }
}

Result<auth::SecretsEdit> SecretsWriter::changed(const Original& original,
                                                 const Change& change) const {
  return change(original.text.reveal()).map_error([&](const Error& error) {
    return Error{path_ + ": " + error.message};
  });
}

Result<auth::SecretsEdit> SecretsWriter::attempt(const Change& change) const {
  const auto original = read();
  if (!original) return tl::unexpected<Error>(original.error());
  return changed(*original, change);
}

Result<auth::SecretsEdit> SecretsWriter::apply(const Change& change) const {
  for (;;) {
    const auto original = read();
    if (!original) return tl::unexpected<Error>(original.error());
    auto edit = changed(*original, change);
    if (!edit) return edit;
    const bool is_new = !original->file.valid();
    Replacement replacement(original->target);
    const auto done =
        replacement.write(edit->text.reveal(), is_new ? nullptr : &original->status).and_then([&] {
          return replacement.take_place(is_new);
        });
    if (!done) return tl::unexpected<Error>(done.error());
    if (!*done) continue;
    if (is_new) edit->notes.push_back("made " + path_ + ", which only its owner may read (0600)");
    return edit;
  }
}

}  // namespace upptpd::server
