// What strace cannot do honestly, done to a program by LD_PRELOAD:
//   FAULTS_SHORT=1       regular files give and take a few octets at a time, or are interrupted before that
//   FAULTS_CLOCK=PATH    the clock on the wall is wrong by as many seconds as that file says
// (Sockets are left alone: after a short read or write the kernel says when there is more, which it would not here.)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static unsigned calls;

// How many of these octets may go now; none: the call is interrupted.
static size_t share(int descriptor, size_t size) {
  struct stat status;
  struct statfs system;
  if (getenv("FAULTS_SHORT") == NULL || fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return size;
  // What the kernel makes up comes whole, and libraries rely on that.
  if (fstatfs(descriptor, &system) != 0 || system.f_type == PROC_SUPER_MAGIC) return size;
  errno = EINTR;
  ++calls;
  return calls % 5 < size ? calls % 5 : size;
}

ssize_t read(int descriptor, void* octets, size_t size) {
  const size_t part = share(descriptor, size);
  return part == 0 && size > 0 ? -1 : REAL(read)(descriptor, octets, part);
}

ssize_t write(int descriptor, const void* octets, size_t size) {
  const size_t part = share(descriptor, size);
  return part == 0 && size > 0 ? -1 : REAL(write)(descriptor, octets, part);
}

static long offset(void) {
  const char* path = getenv("FAULTS_CLOCK");
  FILE* file = path != NULL ? fopen(path, "r") : NULL;
  long seconds = 0;
  if (file == NULL || fscanf(file, "%ld", &seconds) != 1) seconds = 0;
  if (file != NULL) fclose(file);
  return seconds;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = REAL(clock_gettime)(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += offset();
  return result;
}

time_t time(time_t* now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now != NULL) *now = exact.tv_sec;
  return exact.tv_sec;
}
