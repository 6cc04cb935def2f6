// The Compression Control Protocol, which PPTP uses to agree on MPPE. RFC 1962, RFC 3078 section 2.
#pragma once

#include <optional>

#include "ppp/encryption_policy.hpp"
#include "ppp/negotiation.hpp"

namespace upptpd::ppp {

/// Asks for and grants exactly one thing: stateless MPPE of one strength.
class CcpNegotiation : public Negotiation {
 public:
  /// `strength` is one of k40, k56 and k128.
  explicit CcpNegotiation(std::uint32_t strength = MppeBits::k128)
      : required_(MppeBits::kStateless | strength) {}

  void begin() override;
  Bytes propose() override;
  Judgement judge(View options, bool may_nak) override;
  void on_ack() override { from_peer_agreed_ = true; }
  Agreement on_nak(View options) override;
  Agreement on_reject(View options) override;
  ExtraCode on_extra_code(const ControlPacket& packet) override;

  /// Whether both directions are to be encrypted.
  [[nodiscard]] bool agreed() const { return from_peer_agreed_ && to_peer_agreed_; }

  /// What the peer asked for or suggested last, if it said anything: for the explanation of a
  /// failure.
  [[nodiscard]] std::optional<std::uint32_t> peer_offer() const { return peer_offer_; }

 private:
  std::uint32_t required_;
  bool from_peer_agreed_ = false;
  bool to_peer_agreed_ = false;
  std::optional<std::uint32_t> peer_offer_;
};

}  // namespace upptpd::ppp
