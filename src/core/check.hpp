// Our own bugs end the process, in release builds too, and say where.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace upptpd {

/// Aborts with the caller's location when `holds` is false. For what only a bug of ours can break;
/// what a peer or the system can break is never checked with this.
// clang 14 with libstdc++ 12 has no std::source_location.
inline void check(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) [[likely]] {
    return;
  }
  std::fprintf(stderr, "upptpd: internal error at %s:%d\n", file, line);
  std::abort();
}

}  // namespace upptpd
