#include "server/standard_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "net/file_descriptor.hpp"

namespace upptpd::server {

void never_wait_for_readers_of_standard_error() {
  std::signal(SIGPIPE, SIG_IGN);
  struct stat status {};
  if (::fstat(STDERR_FILENO, &status) != 0) return;
  if (S_ISFIFO(status.st_mode)) {
    const net::FileDescriptor own(::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (own.valid()) ::dup2(own.get(), STDERR_FILENO);
  } else if (S_ISSOCK(status.st_mode)) {
    ::fcntl(STDERR_FILENO, F_SETFL, ::fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
  }
}

}  // namespace upptpd::server
