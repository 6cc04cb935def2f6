// A packet on its way: fixed storage with room before it for the headers still to come.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "core/bytes.hpp"
#include "core/check.hpp"
#include "core/ip_address.hpp"

namespace upptpd {

class PacketPool;

/// Storage for one packet. The contents are `view()`, with `kHeadroom` octets free before them
/// after `clear()`.
class PacketBuffer {
 public:
  /// Enhanced GRE (16) + address, control and protocol (4) + MPPE (2) + inner protocol (2), and an
  /// outer IP header (60) that a raw socket hands up with the packet; rounded up.
  static constexpr std::size_t kHeadroom = 96;
  static constexpr std::size_t kStorage = 2048;
  /// The largest packet that fits behind the headroom.
  static constexpr std::size_t kRoom = kStorage - kHeadroom;

  void clear() {
    begin_ = kHeadroom;
    end_ = kHeadroom;
    largest_fragment = 0;
  }

  [[nodiscard]] View view() const { return View(storage_).subspan(begin_, size()); }
  [[nodiscard]] MutableView view() { return MutableView(storage_).subspan(begin_, size()); }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] std::size_t headroom() const { return begin_; }

  /// Where a read can put a packet: all that lies behind `begin`. Follow with `resize`.
  [[nodiscard]] MutableView space() { return MutableView(storage_).subspan(begin_); }

  /// Sets the size, keeping the beginning. At most `space().size()`.
  void resize(std::size_t size) {
    check(size <= kStorage - begin_);
    end_ = begin_ + size;
  }

  /// Replaces the contents. False, and nothing changed, if they don't fit.
  bool assign(View contents);

  /// Room for `size` more octets before the contents.
  MutableView push_front(std::size_t size) {
    check(size <= begin_);
    begin_ -= size;
    return MutableView(storage_).subspan(begin_, size);
  }

  /// Drops `size` octets from the front.
  void pop_front(std::size_t size) {
    check(size <= this->size());
    begin_ += size;
  }

  /// The other end of the outer path: where the packet came from, or goes to.
  Ipv4Address peer;
  /// Our own address on that path.
  Ipv4Address local;
  /// Octets of the largest piece in which it came over that path; 0: whole.
  std::uint16_t largest_fragment = 0;

 private:
  friend class PacketPool;
  friend struct ReturnToPool;

  /// Where it goes back to.
  PacketPool* pool_ = nullptr;
  std::size_t begin_ = kHeadroom;
  std::size_t end_ = kHeadroom;
  std::array<std::uint8_t, kStorage> storage_;
};

struct ReturnToPool {
  void operator()(PacketBuffer* buffer) const;
};

/// Owned by who holds it; goes back to its pool at the end.
using Packet = std::unique_ptr<PacketBuffer, ReturnToPool>;
using PacketBatch = std::vector<Packet>;

/// A bounded stock of packet buffers. Must outlive its packets.
class PacketPool {
 public:
  explicit PacketPool(std::size_t capacity);
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  /// A cleared buffer, or null when all are in use: the packet is dropped then, and counted by the
  /// caller.
  Packet take();

  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::size_t available() const { return free_.size(); }

 private:
  friend struct ReturnToPool;

  std::size_t capacity_;
  std::unique_ptr<PacketBuffer[]> buffers_;
  std::vector<PacketBuffer*> free_;
};

}  // namespace upptpd
