// Decrypts what comes in on one session: stateless MPPE, over lost packets too. RFC 3078 sections 7
// and 8.
#pragma once

#include <optional>

#include "core/drop_reason.hpp"
#include "core/packet_buffer.hpp"
#include "mppe/header.hpp"
#include "mppe/session_key.hpp"

namespace upptpd::mppe {

class Decryptor {
 public:
  /// A count that lies further ahead than this is taken for one that lies behind. Going all the way
  /// round for a late packet would leave the keys of both sides apart for good.
  static constexpr std::uint32_t kLargestGap = 0x0f00;

  /// `library` must outlive this.
  Decryptor(const crypto::Library& library, Strength strength, const Secret<16>& start_key);

  /// Takes the MPPE header off and decrypts the rest in place. Otherwise says why the packet is to
  /// be dropped.
  std::optional<DropReason> decrypt(PacketBuffer& packet);

 private:
  SessionKey key_;
  crypto::Rc4 rc4_;
  CoherencyCount expected_;
};

}  // namespace upptpd::mppe
