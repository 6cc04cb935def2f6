// RC4 over many packets at once, each with a key of its own. RFC 3078 section 7: stateless MPPE.
#pragma once

#include <span>

#include "crypto/processor.hpp"
#include "crypto/rc4_kernel.hpp"

namespace upptpd::crypto {

/// One for each thread: it holds the tables of the packets in hand, and no session needs any.
class Rc4Lanes {
 public:
  explicit Rc4Lanes(ProcessorFeatures features = processor_features()) : features_(features) {}

  /// Any number of jobs, which are put in order of their lengths. Does not allocate. Leaves key
  /// material behind until wipe().
  void run(std::span<Rc4Job> jobs);

  /// Overwrites what run() has left behind: once for each batch.
  void wipe() { scratch_.wipe_all(); }

 private:
  template <typename Steps>
  void run_by(std::span<Rc4Job> jobs);

  ProcessorFeatures features_;
  rc4::Scratch scratch_;
};

}  // namespace upptpd::crypto
