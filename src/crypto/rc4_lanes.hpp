// RC4 over many packets at once, each with a key of its own. RFC 3078 section 7: stateless MPPE.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/bytes.hpp"
#include "core/secret.hpp"
#include "crypto/processor.hpp"

namespace upptpd::crypto {

/// Data to be encrypted or decrypted in place by the beginning of a key's stream.
struct Rc4Job {
  /// 8 or 16 octets. Read before anything is written: it may be the data itself.
  View key;
  MutableView data;
};

/// One for each thread: it holds the tables of the packets in hand, and no session needs any.
class Rc4Lanes {
 public:
  /// Jobs that are done at the same time.
  static constexpr std::size_t kMostLanes = 8;

  explicit Rc4Lanes(ProcessorFeatures features = processor_features()) : features_(features) {}
  Rc4Lanes(const Rc4Lanes&) = delete;
  Rc4Lanes& operator=(const Rc4Lanes&) = delete;
  ~Rc4Lanes() { wipe(); }

  /// Any number of jobs, which are put in order of their lengths. Does not allocate. Leaves key
  /// material behind until wipe().
  void run(std::span<Rc4Job> jobs);

  /// Overwrites what run() has left behind: once for each batch.
  void wipe() { upptpd::wipe(scratch_); }

  /// A lane's table of 256 octets, its key, and so much room that the next table is not in the same
  /// place of the cache: if it were, everything would be a fifth slower.
  static constexpr std::size_t kLaneSize = 256 + 64;

 private:
  ProcessorFeatures features_;
  alignas(64) std::array<std::uint8_t, kMostLanes * kLaneSize> scratch_{};
};

}  // namespace upptpd::crypto
