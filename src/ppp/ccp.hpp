// The Compression Control Protocol, which PPTP uses to agree on MPPE. RFC 1962, RFC 3078 section 2.
#pragma once

#include <optional>
#include <utility>

#include "ppp/encryption_policy.hpp"
#include "ppp/negotiation.hpp"

namespace upptpd::ppp {

/// What each direction is encrypted with, as MppeBits with one strength.
struct EncryptionModes {
  std::uint32_t to_peer = 0;
  std::uint32_t from_peer = 0;

  friend bool operator==(const EncryptionModes&, const EncryptionModes&) = default;
};

/// "MPPE-128 stateless"; both where they differ.
std::string in_words(const EncryptionModes& modes);

/// Asks for the strengths that the policy allows, and answers whatever a peer asks for with a Nak
/// to exactly one: the strongest of its own that the policy allows, stateless. What the policy
/// allows is acknowledged all the same when the peer insists on it.
class CcpNegotiation : public Negotiation {
 public:
  explicit CcpNegotiation(EncryptionPolicy policy) : policy_(policy) {}

  void begin() override;
  Bytes propose() override;
  Judgement judge(View options, bool may_nak) override;
  void on_ack() override;
  Agreement on_nak(View options) override;
  Agreement on_reject(View options) override;
  ExtraCode on_extra_code(const ControlPacket& packet) override;

  /// What both directions are to be encrypted with; none unless both are.
  [[nodiscard]] std::optional<EncryptionModes> agreed() const;
  /// Whether one direction alone was agreed on, which no client means.
  [[nodiscard]] bool one_sided() const { return (to_peer_ != 0) != (from_peer_ != 0); }

  /// What the peer asked for or suggested last, if it said anything: for the explanation of a
  /// failure.
  [[nodiscard]] std::optional<std::uint32_t> peer_offer() const { return peer_offer_; }

  /// Windows answers a Reset-Ack, which RFC 1962 asks for and MPPE has no use for, with a
  /// Code-Reject.
  void leave_resets_unanswered() { answers_resets_ = false; }
  /// Whether the peer has lost packets since this was last asked, so that a stateful key has to be
  /// flushed.
  bool take_reset() { return std::exchange(reset_, false); }

 private:
  [[nodiscard]] std::uint32_t best_of(std::uint32_t strengths) const;
  [[nodiscard]] bool is_acceptable(std::uint32_t bits) const;
  Judgement judge_bits(std::uint32_t bits, bool may_nak);
  Judgement judge_nothing(bool may_nak);
  Agreement do_without();
  Agreement insist();

  EncryptionPolicy policy_;
  /// What we ask for, and what the last request said; 0 where we ask for nothing.
  std::uint32_t wanted_ = 0;
  std::uint32_t proposed_ = 0;
  std::uint32_t from_peer_ = 0;
  std::uint32_t to_peer_ = 0;
  /// What we have answered with a Nak last: who repeats it, insists.
  std::optional<std::uint32_t> refused_;
  unsigned prompts_ = 0;
  unsigned insisted_ = 0;
  std::optional<std::uint32_t> peer_offer_;
  bool answers_resets_ = true;
  bool reset_ = false;
};

}  // namespace upptpd::ppp
