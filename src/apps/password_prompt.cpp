#include "apps/password_prompt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <optional>
#include <utility>

#include "auth/secrets_file.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::apps {
namespace {

/// A terminal without echo. Signals that would end or stop the program wait until this has given
/// the echo back; `interruption` shows that one waits.
class Silence {
 public:
  Silence() {
    sigset_t signals{};
    ::sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP}) {
      ::sigaddset(&signals, signal);
    }
    ::sigprocmask(SIG_BLOCK, &signals, &signals_before_);
    interruption_ = net::FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
    ::tcgetattr(STDIN_FILENO, &terminal_before_);
    termios silent = terminal_before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before_);
    ::sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
  }

  [[nodiscard]] int interruption() const { return interruption_.get(); }

 private:
  sigset_t signals_before_{};
  termios terminal_before_{};
  net::FileDescriptor interruption_;
};

/// A line without its end; nothing if `interruption` (-1: none) shows something first.
std::optional<Result<SecretString>> read_line(int input, int interruption) {
  std::string line;
  line.reserve(auth::SecretsFile::kMaxName + 2);  // never grows, and so leaves no copies behind
  for (;;) {
    std::array<pollfd, 2> inputs{{{input, POLLIN, 0}, {interruption, POLLIN, 0}}};
    if (::poll(inputs.data(), inputs.size(), -1) < 0) continue;
    if (inputs[1].revents != 0) return {};
    char letter = 0;
    const ssize_t size = ::read(input, &letter, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(std::string("cannot read the password: ") + std::strerror(errno));
    if (size == 0 || letter == '\n') break;
    if (line.size() == line.capacity()) return fail("the password is longer than 256 octets");
    line += letter;
  }
  if (line.ends_with('\r')) line.pop_back();
  SecretString password(std::move(line));
  if (password.reveal().empty()) return fail("no password was entered");
  return password;
}

Result<SecretString> ask_at_terminal(const std::string& user, Password which) {
  for (;;) {
    const Silence silence;
    std::cerr << "Password for " << user << ": " << std::flush;
    auto password = read_line(STDIN_FILENO, silence.interruption());
    if (password && (!*password || which == Password::known)) return *password;
    std::optional<Result<SecretString>> again;
    if (password) {
      std::cerr << "The same again: " << std::flush;
      again = read_line(STDIN_FILENO, silence.interruption());
    }
    if (!again) {
      std::cerr << "\n";
      continue;  // after the end of the silence, if that signal has only stopped us
    }
    if (!*again) return *again;
    if (**password != **again) return fail("the two passwords differ");
    return *password;
  }
}

}  // namespace

Result<SecretString> ask_password(const std::string& user, Password which) {
  return ::isatty(STDIN_FILENO) != 0 ? ask_at_terminal(user, which) : *read_line(STDIN_FILENO, -1);
}

Result<SecretString> password_in_file(const std::string& path) {
  const net::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return fail("cannot read " + path + ": " + std::strerror(errno));
  auto password = *read_line(file.get(), -1);
  return password ? password : fail(path + ": " + password.error().message);
}

}  // namespace upptpd::apps
