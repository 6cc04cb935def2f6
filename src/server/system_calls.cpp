// The system calls that a running server makes. Whatever else is called fails with EPERM, and the
// kernel's log has a line of it (audit, type 1326).
#include <fcntl.h>
#include <linux/netlink.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "server/privileges.hpp"

namespace upptpd::server {
namespace {

constexpr int kAllowed[] = {
    // Packets, connections, messages, lines of the log.
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(close),
    SCMP_SYS(dup),
    SCMP_SYS(pipe2),
    // The event loop.
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(eventfd2),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    // Time, randomness, memory.
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    // Files to be read; what may be opened is below.
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(lseek),
    SCMP_SYS(pread64),
    SCMP_SYS(access),
    SCMP_SYS(readlink),
    SCMP_SYS(getcwd),
    // Of and about the process.
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(setrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(wait4),
    SCMP_SYS(umask),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#ifdef __SANITIZE_ADDRESS__
    // What the sanitizers need to look for leaks, at the end.
    SCMP_SYS(clone),
    SCMP_SYS(ptrace),
    SCMP_SYS(prctl),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(ioctl),
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getppid),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(tkill),
    SCMP_SYS(tgkill),
    SCMP_SYS(kill),
    SCMP_SYS(prlimit64),
    SCMP_SYS(fcntl),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(mincore),
#endif
};

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), &::seccomp_release) {
    if (context_ == nullptr) error_ = -ENOMEM;
  }

  template <class... Conditions>
  void allow(int call, Conditions... conditions) {
    if (error_ != 0) return;
    const int added = ::seccomp_rule_add(context_.get(), SCMP_ACT_ALLOW, call,
                                         sizeof...(conditions), conditions...);
    // A call that this machine does not have need not be allowed; of one that is allowed whatever
    // its arguments, no part need be.
    if (added != -EDOM && added != -EEXIST) error_ = added;
  }

  /// 0 or a negative errno.
  int load() {
    if (error_ == 0) error_ = ::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_LOG, 1);
    if (error_ == 0) error_ = ::seccomp_load(context_.get());
    return error_;
  }

 private:
  std::unique_ptr<void, decltype(&::seccomp_release)> context_;
  int error_ = 0;
};

/// Argument `number` has none of these bits.
scmp_arg_cmp without(unsigned number, scmp_datum_t bits) {
  return {number, SCMP_CMP_MASKED_EQ, bits, 0};
}

scmp_arg_cmp is(unsigned number, scmp_datum_t value) { return {number, SCMP_CMP_EQ, value, 0}; }

}  // namespace

Result<void> restrict_system_calls() {
  constexpr scmp_datum_t kWrites = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
  Filter filter;
  for (const int call : kAllowed) filter.allow(call);
  filter.allow(SCMP_SYS(openat), without(2, kWrites));
  filter.allow(SCMP_SYS(open), without(1, kWrites));
  filter.allow(SCMP_SYS(socket), is(0, AF_UNIX));
  filter.allow(SCMP_SYS(socket), is(0, AF_NETLINK), is(2, NETLINK_ROUTE));
  // Non-blocking, how much there is, whether it is a terminal, the number of an interface.
  for (const int request : {FIONBIO, FIONREAD, TCGETS, SIOCGIFINDEX}) {
    filter.allow(SCMP_SYS(ioctl), is(1, static_cast<scmp_datum_t>(request)));
  }
  // Not F_SETOWN and F_SETSIG, which would send signals to others of the same user.
  for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC}) {
    filter.allow(SCMP_SYS(fcntl), is(1, static_cast<scmp_datum_t>(command)));
  }
  // Of this process alone: its end by abort(), and its limits.
  filter.allow(SCMP_SYS(tgkill), is(0, static_cast<scmp_datum_t>(::getpid())));
  filter.allow(SCMP_SYS(prlimit64), is(0, 0));
  filter.allow(SCMP_SYS(mmap), without(2, PROT_EXEC));
  filter.allow(SCMP_SYS(mprotect), without(2, PROT_EXEC));
  if (const int error = filter.load(); error != 0) {
    return fail(std::string("cannot restrict system calls: ") + std::strerror(-error));
  }
  return {};
}

}  // namespace upptpd::server
