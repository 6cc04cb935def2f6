// Encrypts and decrypts the packets of one wake-up together: stateless MPPE, RFC 3078 section 7.3.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crypto/processor.hpp"
#include "crypto/rc4_lanes.hpp"
#include "crypto/sha1_lanes.hpp"
#include "mppe/key_chain.hpp"

namespace upptpd::mppe {

/// One for each worker. Sessions keep a KeyChain for each direction and nothing else.
class CipherBatch {
 public:
  /// Room for `capacity` packets, which is all that is ever allocated.
  explicit CipherBatch(std::size_t capacity,
                       crypto::ProcessorFeatures features = crypto::processor_features());

  [[nodiscard]] std::size_t size() const { return packets_.size(); }
  [[nodiscard]] bool full() const { return packets_.size() == capacity_; }

  /// A packet for run() to encrypt or decrypt in place, with the chain's next key after `skipped`
  /// others (those of packets that were lost), each of which costs as much as the key itself. Not
  /// when full(). Chain and data must stay where they are until run().
  void add(KeyChain& chain, std::uint32_t skipped, MutableView data);

  /// All that were added, and forgets them. Does not allocate, and leaves no key behind.
  void run();

 private:
  using Index = std::uint16_t;
  using Key = crypto::Sha1First16;

  struct Packet {
    MutableView data;
    std::uint32_t skipped = 0;
    /// The next one of the same chain.
    Index next = 0;
  };

  /// The packets of one chain that have no key yet.
  struct Line {
    KeyChain* chain = nullptr;
    Index first = 0;
    Index last = 0;
    /// How many keys they need, with those that are skipped.
    std::size_t keys = 0;
  };

  void make_keys();
  void make_keys(std::span<Line> lines);
  void give_key(Line& line, View key);
  void forget();

  std::size_t capacity_;
  crypto::ProcessorFeatures features_;
  std::vector<Packet> packets_;
  std::vector<Line> lines_;
  /// The packets' keys, and the packets that have one and wait to be encrypted.
  std::vector<Key> keys_;
  std::vector<crypto::Rc4Job> jobs_;
  /// Of the lines whose keys are being made, side by side.
  std::vector<crypto::Sha1Message> messages_;
  crypto::Rc4Lanes rc4_;
};

}  // namespace upptpd::mppe
