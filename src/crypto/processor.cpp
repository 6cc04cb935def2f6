#include "crypto/processor.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace upptpd::crypto {

// __builtin_cpu_supports would do, but clang 14's knows nothing of SHA.
ProcessorFeatures processor_features() {
  ProcessorFeatures features;
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) != 0) features.sse41 = (c & bit_SSE4_1) != 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) {
    features.sha = features.sse41 && (b & bit_SHA) != 0;
  }
#endif
  return features;
}

}  // namespace upptpd::crypto
