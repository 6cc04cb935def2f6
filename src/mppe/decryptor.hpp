// Decrypts what comes in on one session, over lost packets too. RFC 3078 sections 7 and 8.
#pragma once

#include <optional>

#include "core/drop_reason.hpp"
#include "core/packet_buffer.hpp"
#include "core/result.hpp"
#include "mppe/cipher_batch.hpp"
#include "mppe/header.hpp"
#include "mppe/key_stream.hpp"
#include "mppe/mode.hpp"

namespace upptpd::mppe {

class Decryptor {
 public:
  /// A count that lies further ahead than this is taken for one that lies behind. Going all the way
  /// round for a late packet would leave the keys of both sides apart for good.
  static constexpr std::uint32_t kLargestGap = 0x0f00;

  /// As for Encryptor.
  Decryptor(const crypto::Library& library, Mode mode, const Secret<16>& start_key,
            CipherBatch* batch = nullptr);
  Decryptor(const Decryptor&) = delete;
  Decryptor& operator=(const Decryptor&) = delete;
  ~Decryptor();

  /// Takes the MPPE header off and decrypts the rest in place: at once, or when the batch is run.
  /// Otherwise says why the packet is to be dropped.
  std::optional<DropReason> decrypt(PacketBuffer& packet);
  /// Whether packets are decrypted when the batch is run.
  [[nodiscard]] bool waits_for_batch() const { return batch_ != nullptr; }

  /// Stateful: packets are missing, so that nothing is understood until the peer flushes its key.
  [[nodiscard]] bool awaits_flush() const { return awaits_flush_; }

 private:
  // A flush of our own Encryptor's is a jump of up to 255: what was on its way before it lies as
  // far behind again.
  static constexpr std::uint32_t kLargestStatefulGap = kLargestGap - kFlagInterval;

  // Each lost packet costs a key change, and so does each that a peer only pretends to have lost.
  // So gaps are paid for with packets that came: a peer that loses more than sixteen of seventeen
  // for long is none that we could serve.
  static constexpr std::uint32_t kCreditPerPacket = 16;
  static constexpr std::uint32_t kMostCredit = 2 * kLargestGap;

  /// So many flushed packets in a row may be lost, each of which changed the key.
  static constexpr unsigned kMostFlushesLost = 8;

  /// How many keys are passed over, which packets had that are missing.
  Result<std::uint32_t, DropReason> follow_stateless(CoherencyCount count);
  void decrypt_stateless(MutableView contents, std::uint32_t skipped);
  std::optional<DropReason> follow_stateful(Header header, View contents);
  void pass_flags(CoherencyCount count);
  void begin_anew(bool flag, View contents);
  [[nodiscard]] bool yields_ip(View contents);
  /// What there is without a batch.
  [[nodiscard]] KeyStream& stream() { return std::get<KeyStream>(cipher_); }

  Mode mode_;
  CipherBatch* batch_;
  Cipher cipher_;
  CoherencyCount expected_;
  std::uint32_t credit_ = kMostCredit;
  bool awaits_flush_ = false;
  /// What the peer was last seen to do; Linux does.
  bool changes_key_on_flush_ = true;
};

}  // namespace upptpd::mppe
