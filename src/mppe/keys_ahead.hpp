// The packets of one session, and the keys of the packets after them, in one go. RFC 3078 section
// 7.3.
#pragma once

#include <span>

#include "crypto/rc4_kernel.hpp"
#include "crypto/sha1_rounds.hpp"
#include "mppe/key_chain.hpp"

namespace upptpd::mppe {

/// One session's keys follow from each other, so that no two can be made at the same time, and each
/// would cost as much as a third of its packet. But while packets are encrypted there is room for
/// it: a key is made beside them, a piece with each row of their lanes, for a later packet.
///
/// Needs ProcessorFeatures::sha.
class KeysAhead {
 public:
  /// Both must outlive this. Nothing else may use the chain in between.
  KeysAhead(crypto::rc4::Scratch& scratch, KeyChain& chain);

  /// The chain's next key: one that is ahead, or one that is made now.
  [[nodiscard]] Secret<16> next();

  /// Encrypts (decrypts) at most kMostLanes jobs, the longest first, and makes keys meanwhile.
  void run(std::span<const crypto::Rc4Job> jobs);

 private:
  friend struct BesideLanes;
  /// What is being done about the next key.
  enum class Stage : std::uint8_t { digest, schedule, encryption };

  void make_one();
  void enter(Stage stage);
  void digested();
  void encrypted();

  crypto::rc4::Scratch& scratch_;
  KeyChain& chain_;
  crypto::Sha1Message message_;
  Stage stage_ = Stage::digest;
  /// How far that is: octets of the schedule or of the key, or blocks of the message.
  std::size_t done_ = 0;
  std::uint64_t j_ = 0;
#if defined(__x86_64__)
  crypto::Sha1State digest_;
#endif
};

}  // namespace upptpd::mppe
