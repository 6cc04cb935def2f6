// What this processor can do that not every one can, found at run time.
#pragma once

namespace upptpd::crypto {

struct ProcessorFeatures {
  /// pinsrb: octets gathered in a vector register.
  bool sse41 = false;
  /// The SHA-1 instructions. Never without sse41.
  bool sha = false;
};

/// Those of the processor that this runs on. None of them on another architecture than x86-64.
ProcessorFeatures processor_features();

}  // namespace upptpd::crypto
