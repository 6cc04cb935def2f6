// The raw socket for GRE (IP protocol 47): one for all calls, in batches.
#pragma once

#include <memory>

#include "core/drop_reason.hpp"
#include "core/packet_buffer.hpp"
#include "core/result.hpp"
#include "net/file_descriptor.hpp"

namespace upptpd::net {

class GreSocket {
 public:
  /// Packets taken or given with one system call.
  static constexpr std::size_t kBatch = 128;

  /// Needs CAP_NET_RAW.
  static Result<GreSocket> open();

  GreSocket(GreSocket&&) noexcept;
  GreSocket& operator=(GreSocket&&) noexcept;
  ~GreSocket();

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  /// Appends what is waiting, at most `most` and kBatch packets, with one system call; each begins
  /// with its GRE header and knows its outer addresses. Returns how many were taken from the
  /// system; less than `most` means that no more is waiting. Keeps up to `most` buffers of `pool`
  /// for the next call: it has to be the same one each time, and to outlive this.
  std::size_t receive(PacketPool& pool, PacketBatch& packets, DropCounters& drops,
                      std::size_t most = kBatch);

  /// Sends each packet from its `local` to its `peer` address, and empties the batch; at most
  /// `at_once` and kBatch with one system call, of which it returns the number. What the system
  /// does not take (no buffer, a firewall, no route) is dropped and counted: no send error ends a
  /// call.
  std::size_t send(PacketBatch& packets, DropCounters& drops, std::size_t at_once = kBatch);

  /// Packets that the system has dropped so far because they came faster than they were taken.
  [[nodiscard]] std::uint64_t overflowed() const;

 private:
  struct Scratch;
  GreSocket(FileDescriptor descriptor, std::unique_ptr<Scratch> scratch);

  FileDescriptor descriptor_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace upptpd::net
