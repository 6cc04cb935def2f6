#include "ppp/ccp.hpp"

#include <bit>
#include <utility>

#include "ppp/option.hpp"

namespace upptpd::ppp {
namespace {

constexpr std::uint8_t kMppe = 18;
/// A peer that asks for no encryption is asked so often whether it can, where it need not.
constexpr unsigned kMostPrompts = 2;
/// So often we ask for what was refused already.
constexpr unsigned kMostInsisted = 2;

using Requirement = EncryptionPolicy::Requirement;

Bytes mppe_option(std::uint32_t bits) { return OptionList().add_u32(kMppe, bits).bytes(); }

bool is_stateless(std::uint32_t bits) { return (bits & MppeBits::kStateless) != 0; }

}  // namespace

std::string in_words(const EncryptionModes& modes) {
  if (modes.to_peer == modes.from_peer) return mode_in_words(modes.to_peer);
  return mode_in_words(modes.from_peer) + " in, " + mode_in_words(modes.to_peer) + " out";
}

void CcpNegotiation::begin() {
  from_peer_ = 0;
  to_peer_ = 0;
  refused_.reset();
  prompts_ = 0;
  insisted_ = 0;
  // All: pppd ends the link where it is asked for one that it does not have, but chooses among
  // several.
  wanted_ = (policy_.strengths & MppeBits::kStrengths) | MppeBits::kStateless;
}

/// Of these and the policy's; 0 if there is none.
std::uint32_t CcpNegotiation::best_of(std::uint32_t strengths) const {
  return strongest_of(strengths & policy_.strengths);
}

Bytes CcpNegotiation::propose() {
  proposed_ = wanted_;
  return wanted_ != 0 ? mppe_option(wanted_) : Bytes();
}

bool CcpNegotiation::is_acceptable(std::uint32_t bits) const {
  const std::uint32_t strength = bits & ~MppeBits::kStateless;
  return std::has_single_bit(strength) && (strength & policy_.strengths) != 0 &&
         (is_stateless(bits) || policy_.stateful);
}

Judgement CcpNegotiation::judge(View options, bool may_nak) {
  to_peer_ = 0;
  OptionList rejects;
  std::optional<std::uint32_t> bits;
  const auto list = parse_options(options);
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    if (option.type == kMppe && option.as_u32()) {
      bits = option.as_u32();
      peer_offer_ = bits;
    } else {
      rejects.add(option.type, option.data);
    }
  }
  // Only what we don't know is rejected: Windows 98 gives encryption up when its MPPE option is
  // among them.
  if (!rejects.empty()) return {Judgement::Kind::reject, rejects.bytes()};
  return bits ? judge_bits(*bits, may_nak) : judge_nothing(may_nak);
}

Judgement CcpNegotiation::judge_bits(std::uint32_t bits, bool may_nak) {
  const bool insists = refused_ == bits;
  const std::uint32_t named = bits & MppeBits::kStrengths;
  // Who refuses to encrypt for us is not encrypted for.
  if (wanted_ == 0 && named != 0) return {Judgement::Kind::reject, mppe_option(bits)};
  // Where no strength was named (Windows 10, "optional encryption") or none of ours, our own is the
  // prompt that makes those clients encrypt.
  std::uint32_t better = best_of(named != 0 ? named : MppeBits::kStrengths);
  if (better == 0) better = best_of(MppeBits::kStrengths);
  better |= MppeBits::kStateless;
  // Windows 95 and 98 mix the directions up where they differ.
  if (from_peer_ != 0) better = from_peer_;
  if (bits == better || (insists && is_acceptable(bits))) {
    to_peer_ = bits;
    wanted_ = bits;
    return {Judgement::Kind::ack, {}};
  }
  // "No encryption", said with the option (peers differ in how they say it).
  const bool none = bits == 0 && !policy_.required();
  if (none && (insists || policy_.requirement == Requirement::allow)) {
    return {Judgement::Kind::ack, {}};
  }
  const bool hopeless = insists && !policy_.required() && named == 0;
  if (!may_nak || hopeless || wanted_ == 0) return {Judgement::Kind::reject, mppe_option(bits)};
  refused_ = bits;
  return {Judgement::Kind::nak, mppe_option(better)};
}

/// An empty list: acknowledged, it opens CCP without encryption, and our owner knows what to do.
Judgement CcpNegotiation::judge_nothing(bool may_nak) {
  const bool asks = policy_.required() || (policy_.requirement == Requirement::prefer &&
                                           wanted_ != 0 && prompts_ < kMostPrompts);
  if (!may_nak || !asks) return {Judgement::Kind::ack, {}};
  ++prompts_;
  return {Judgement::Kind::nak, mppe_option(best_of(wanted_) | MppeBits::kStateless)};
}

// Who acknowledges several strengths means the longest.
void CcpNegotiation::on_ack() {
  from_peer_ = proposed_ != 0 ? best_of(proposed_) | (proposed_ & MppeBits::kStateless) : 0;
}

Agreement CcpNegotiation::on_nak(View options) {
  const auto list = parse_options(options);
  std::optional<std::uint32_t> bits;
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    if (option.type == kMppe) bits = option.as_u32();
  }
  if (!bits) return insist();
  peer_offer_ = bits;
  const std::uint32_t named = *bits & MppeBits::kStrengths;
  if (wanted_ == 0 || named == 0) return insist();
  const std::uint32_t strength = best_of(named);
  if (strength == 0) return do_without();
  const bool stateful = !is_stateless(*bits) && policy_.stateful;
  wanted_ = strength | (stateful ? 0 : MppeBits::kStateless);
  return wanted_ == proposed_ ? insist() : Agreement::possible;
}

/// The same once more: a Nak may only have wanted less beside it.
Agreement CcpNegotiation::insist() {
  return ++insisted_ > kMostInsisted ? do_without() : Agreement::possible;
}

Agreement CcpNegotiation::on_reject(View) { return do_without(); }

Agreement CcpNegotiation::do_without() {
  if (policy_.required()) return Agreement::impossible;
  wanted_ = 0;
  return Agreement::possible;
}

ExtraCode CcpNegotiation::on_extra_code(const ControlPacket& packet) {
  if (packet.code == Code::reset_ack) return ExtraCode::handled;
  if (packet.code != Code::reset_request) return ExtraCode::unknown;
  // Stateless packets need no reset.
  if (to_peer_ == 0 || is_stateless(to_peer_)) return ExtraCode::useless;
  reset_ = true;
  return answers_resets_ ? ExtraCode::reset : ExtraCode::handled;
}

std::optional<EncryptionModes> CcpNegotiation::agreed() const {
  if (to_peer_ == 0 || from_peer_ == 0) return {};
  return EncryptionModes{to_peer_, from_peer_};
}

}  // namespace upptpd::ppp
