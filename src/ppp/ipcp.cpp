#include "ppp/ipcp.hpp"

#include "ppp/ipcp_options.hpp"
#include "ppp/option.hpp"

namespace upptpd::ppp {

void IpcpNegotiation::begin() {
  propose_address_ = true;
  client_address_agreed_ = false;
}

Bytes IpcpNegotiation::propose() {
  OptionList list;
  if (propose_address_) list.add_u32(kIpAddress, assignment_.local.value());
  return list.bytes();
}

std::optional<Ipv4Address> IpcpNegotiation::value_for(std::uint8_t option) const {
  Ipv4Address value;
  switch (option) {
    case kIpAddress:
      value = assignment_.client;
      break;
    case kPrimaryDns:
      value = assignment_.dns[0];
      break;
    case kSecondaryDns:
      value = assignment_.dns[1];
      break;
    case kPrimaryWins:
      value = assignment_.wins[0];
      break;
    case kSecondaryWins:
      value = assignment_.wins[1];
      break;
    default:
      break;
  }
  if (value.is_unspecified()) return {};
  return value;
}

Judgement IpcpNegotiation::judge(View options, bool may_nak) {
  client_address_agreed_ = false;
  OptionList naks;
  OptionList rejects;
  bool address_named = false;
  bool address_right = false;
  const auto list = parse_options(options);
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    const auto value = value_for(option.type);
    if (!value) {
      rejects.add(option.type,
                  option.data);  // VJ compression, IP-Addresses, servers that we don't have
      continue;
    }
    const bool right = option.as_u32() == value->value();
    if (option.type == kIpAddress) {
      address_named = true;
      address_right = right;
    }
    if (right) continue;
    if (may_nak) {
      naks.add_u32(option.type, value->value());
    } else {
      rejects.add(option.type, option.data);
    }
  }
  if (!rejects.empty()) return {Judgement::Kind::reject, rejects.bytes()};
  // Some clients name no address until they are told one (Yamaha RTX-1000).
  if (!address_named && may_nak) naks.add_u32(kIpAddress, assignment_.client.value());
  if (!naks.empty()) return {Judgement::Kind::nak, naks.bytes()};
  client_address_agreed_ = address_right;
  return {Judgement::Kind::ack, {}};
}

// The address is ours to say: a peer that wants another one hears it again, until max_refusals ends
// that.
Agreement IpcpNegotiation::on_nak(View) { return Agreement::possible; }

Agreement IpcpNegotiation::on_reject(View) {
  propose_address_ = false;
  return Agreement::possible;
}

}  // namespace upptpd::ppp
