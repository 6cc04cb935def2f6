#include "net/system_random.hpp"

#include <sys/random.h>

#include "core/check.hpp"

namespace upptpd::net {

void SystemRandom::fill(MutableView out) {
  // Up to 256 octets come whole, without an error, once the kernel's pool is initialised
  // (getrandom(2)).
  check(out.size() <= 256);
  check(::getrandom(out.data(), out.size(), 0) == static_cast<ssize_t>(out.size()));
}

}  // namespace upptpd::net
