#include "ppp/ccp.hpp"

#include "ppp/option.hpp"

namespace upptpd::ppp {
namespace {

constexpr std::uint8_t kMppe = 18;

Bytes mppe_option(std::uint32_t bits) { return OptionList().add_u32(kMppe, bits).bytes(); }

}  // namespace

void CcpNegotiation::begin() {
  from_peer_agreed_ = false;
  to_peer_agreed_ = false;
}

Bytes CcpNegotiation::propose() { return mppe_option(required_); }

Judgement CcpNegotiation::judge(View options, bool may_nak) {
  to_peer_agreed_ = false;
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
  if (bits == required_) {
    to_peer_agreed_ = true;
    return {Judgement::Kind::ack, {}};
  }
  if (may_nak) {
    // Also where no strength was named (Windows 10, "optional encryption") or no option at all: the
    // Nak is the prompt that makes those clients encrypt.
    return {Judgement::Kind::nak, mppe_option(required_)};
  }
  if (bits) return {Judgement::Kind::reject, mppe_option(*bits)};
  return {Judgement::Kind::ack,
          {}};  // an empty list: opens without encryption, and our owner ends the link
}

Agreement CcpNegotiation::on_nak(View options) {
  const auto list = parse_options(options);
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    if (option.type == kMppe) peer_offer_ = option.as_u32();
  }
  // We asked for the one thing that we take, so a Nak is a no, unless it repeats our own words.
  return peer_offer_ == required_ ? Agreement::possible : Agreement::impossible;
}

Agreement CcpNegotiation::on_reject(View) { return Agreement::impossible; }

ExtraCode CcpNegotiation::on_extra_code(const ControlPacket& packet) {
  const bool reset = packet.code == Code::reset_request || packet.code == Code::reset_ack;
  // Stateless packets need no reset, and Windows answers a Reset-Ack with a Code-Reject.
  return reset ? ExtraCode::handled : ExtraCode::unknown;
}

}  // namespace upptpd::ppp
