#include "server/secret_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

namespace upptpd::server {
namespace {

/// A hundred thousand users and more; against a path that is something else by mistake.
constexpr off_t kMaxFile = 64 << 20;

constexpr long long kTick = 100'000'000;  // 100 ms, ten times the slowest

long long nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

class OwnFiles : public SecretFiles {
 public:
  [[nodiscard]] net::FileDescriptor open(const std::string& path) override {
    // Without O_NONBLOCK a FIFO in the file's place would hold the server up.
    return net::FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  }
  [[nodiscard]] FileStamp look_at(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return stamp_of(status);
    return {.error = errno};
  }
};

}  // namespace

FileStamp stamp_of(const struct stat& status) {
  return {status.st_dev,
          status.st_ino,
          status.st_size,
          nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim),
          0};
}

bool is_recent(const FileStamp& stamp) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const long long age = nanoseconds(now) - stamp.changed;
  // One from the future is not: the clock was set back, and the next change has an earlier stamp.
  return age > -kTick && age < kTick;
}

SecretFiles& own_files() {
  static OwnFiles files;
  return files;
}

std::string objection(const struct stat& status, uid_t allowed_owner) {
  if (!S_ISREG(status.st_mode)) return "is not a regular file";
  if (status.st_uid != 0 && status.st_uid != allowed_owner) {
    return "belongs to user " + std::to_string(status.st_uid) +
           ", who could change it: it must belong to root or to the user who started upptpd";
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return "can be written by others than its owner: chmod go-w it";
  }
  return {};
}

Result<SecretString, int> read_all(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return fail_with(int{errno});
  if (status.st_size > kMaxFile) return fail_with(int{EFBIG});
  // With room to see the end, so that no growing leaves copies of secrets behind.
  std::string text(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t used = 0;
  for (;;) {
    const ssize_t size = ::read(descriptor, text.data() + used, text.size() - used);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_with(int{errno});
    if (size == 0) break;
    used += static_cast<std::size_t>(size);
    if (used > static_cast<std::size_t>(kMaxFile)) return fail_with(int{EFBIG});
    if (used == text.size()) text.resize(2 * used);
  }
  text.resize(used);
  return SecretString(std::move(text));
}

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace upptpd::server
