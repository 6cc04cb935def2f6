#include "server/hook_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <cerrno>
#include <csignal>
#include <utility>

#include "core/check.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::server {
namespace {

asio::error_code system_error(int number) { return {number, asio::system_category()}; }

/// Closes the descriptor if asio does not take it.
asio::error_code assign(asio::posix::stream_descriptor& owner, int descriptor) {
  asio::error_code error;
  owner.assign(descriptor, error);
  if (error) ::close(descriptor);
  return error;
}

/// As exec() wants them; the strings must stay.
std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string in_words(const asio::error_code& error) {
  if (error == system_error(ENOENT)) return "the program that its first line names does not exist";
  if (error == system_error(ENOEXEC)) return "its first line does not name an interpreter after #!";
  return error.message();
}

/// Its status, when it has ended.
int reap(pid_t process) {
  for (;;) {
    int status = 0;
    if (::waitpid(process, &status, 0) == process) return status;
    check(errno == EINTR);
  }
}

/// What a program gets from us besides arguments and environment.
class SpawnSettings {
 public:
  explicit SpawnSettings(int standard_error) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    // First, because the descriptor may be one of those that the next two replace.
    keep(::posix_spawn_file_actions_adddup2(&actions_, standard_error, STDERR_FILENO));
    keep(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
    keep(::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0));
    // Asio's sockets would stay open.
    keep(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
    keep(::posix_spawn_file_actions_addchdir_np(&actions_, "/"));
    sigset_t signals;
    ::sigemptyset(&signals);
    keep(::posix_spawnattr_setsigmask(&attributes_, &signals));
    ::sigfillset(&signals);
    keep(::posix_spawnattr_setsigdefault(&attributes_, &signals));
    keep(::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  /// 0 or an errno.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  void keep(int error) {
    if (error_ == 0) error_ = error;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  int error_ = 0;
};

}  // namespace

/// Lives until nobody has the writing end any more, which may be long after the hook: a program
/// that a hook leaves behind must not die of SIGPIPE when it complains.
class HookProcess::Output : public std::enable_shared_from_this<Output> {
 public:
  explicit Output(asio::io_context& context) : pipe_(context) {}

  /// Takes the reading end.
  asio::error_code open(int descriptor) {
    asio::error_code error = assign(pipe_, descriptor);
    if (!error) pipe_.non_blocking(true, error);
    if (!error) read();
    return error;
  }

  /// With what has come until now.
  const std::string& kept() {
    while (kept_.size() < kKeptOutput && !take()) {
    }
    return kept_;
  }

 private:
  // Waits first and reads then, so that nothing is under way when `kept` reads.
  void read() {
    pipe_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](asio::error_code error) {
                       if (!error) error = self->take();
                       if (!error || error == asio::error::would_block) self->read();
                     });
  }
  asio::error_code take() {
    std::array<char, 4096> arrived{};
    asio::error_code error;
    const std::size_t size = pipe_.read_some(asio::buffer(arrived), error);
    kept_.append(arrived.data(), std::min(size, kKeptOutput - kept_.size()));
    return error;
  }

  asio::posix::stream_descriptor pipe_;
  std::string kept_;
};

Result<std::shared_ptr<HookProcess>> HookProcess::start(asio::io_context& context,
                                                        const HookCommand& command, Ended ended) {
  std::shared_ptr<HookProcess> made(new HookProcess(context, std::move(ended)));
  asio::error_code error = made->spawn(command);
  if (!error) error = made->watch(command.time_limit);
  if (error) return fail("cannot be run: " + in_words(error));
  return made;
}

HookProcess::HookProcess(asio::io_context& context, Ended ended)
    : ended_(std::move(ended)),
      started_(std::chrono::steady_clock::now()),
      end_(context),
      time_limit_(context),
      output_(std::make_shared<Output>(context)) {}

HookProcess::~HookProcess() {
  if (process_ == 0) return;
  ::kill(-process_, SIGKILL);
  reap(process_);
}

asio::error_code HookProcess::spawn(const HookCommand& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno);
  const net::FileDescriptor standard_error(ends[1]);
  if (const asio::error_code error = output_->open(ends[0])) return error;
  const SpawnSettings settings(standard_error.get());
  if (settings.error() != 0) return system_error(settings.error());
  std::vector<std::string> arguments = command.arguments;
  arguments.insert(arguments.begin(), command.program);
  std::vector<std::string> environment = command.environment;
  const mode_t before = ::umask(077);
  const int error =
      ::posix_spawn(&process_, command.program.c_str(), settings.actions(), settings.attributes(),
                    pointers_to(arguments).data(), pointers_to(environment).data());
  ::umask(before);
  if (error != 0) process_ = 0;
  return system_error(error);
}

asio::error_code HookProcess::watch(std::chrono::seconds time_limit) {
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
  if (descriptor < 0) return system_error(errno);
  if (const asio::error_code error = assign(end_, descriptor)) return error;
  end_.async_wait(asio::posix::stream_descriptor::wait_read,
                  [weak = weak_from_this()](const asio::error_code& error) {
                    const auto self = weak.lock();
                    if (self && !error) self->program_ended();
                  });
  time_limit_.expires_after(time_limit);
  time_limit_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->time_is_over();
  });
  return {};
}

void HookProcess::time_is_over() {
  if (process_ == 0) return;
  timed_out_ = true;
  ::kill(-process_, SIGKILL);
}

void HookProcess::program_ended() {
  const int status = reap(std::exchange(process_, 0));
  time_limit_.cancel();
  HookEnd end;
  if (WIFSIGNALED(status)) {
    end.signal = WTERMSIG(status);
  } else {
    end.status = WEXITSTATUS(status);
  }
  end.timed_out = timed_out_ && end.signal == SIGKILL;
  end.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started_);
  end.standard_error = output_->kept();
  end.standard_error.erase(end.standard_error.find_last_not_of(" \t\r\n") + 1);
  ended_(end);
}

}  // namespace upptpd::server
