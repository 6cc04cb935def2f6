#include "ppp/ipcp_client.hpp"

#include "ppp/ipcp_options.hpp"
#include "ppp/option.hpp"

namespace upptpd::ppp {

void IpcpClientNegotiation::begin() {
  wanted_ = {};
  ask_for_dns_ = {true, true};
  acknowledged_ = false;
}

// Zero asks for a Nak with the real one.
Bytes IpcpClientNegotiation::propose() {
  OptionList list;
  list.add_u32(kIpAddress, wanted_.client.value());
  if (ask_for_dns_[0]) list.add_u32(kPrimaryDns, wanted_.dns[0].value());
  if (ask_for_dns_[1]) list.add_u32(kSecondaryDns, wanted_.dns[1].value());
  return list.bytes();
}

Judgement IpcpClientNegotiation::judge(View options, bool /*may_nak*/) {
  OptionList rejects;
  const auto list = parse_options(options);
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    const Ipv4Address server(option.as_u32().value_or(0));
    if (option.type == kIpAddress && server.is_host()) {
      wanted_.local = server;
    } else {
      rejects.add(option.type, option.data);  // VJ compression, IP-Addresses
    }
  }
  if (!rejects.empty()) return {Judgement::Kind::reject, rejects.bytes()};
  return {Judgement::Kind::ack, {}};
}

Agreement IpcpClientNegotiation::on_nak(View options) {
  const auto list = parse_options(options);
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    const Ipv4Address given(option.as_u32().value_or(0));
    if (option.type == kIpAddress) wanted_.client = given;
    if (option.type == kPrimaryDns) wanted_.dns[0] = given;
    if (option.type == kSecondaryDns) wanted_.dns[1] = given;
  }
  return Agreement::possible;
}

Agreement IpcpClientNegotiation::on_reject(View options) {
  const auto list = parse_options(options);
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    if (option.type == kIpAddress) return Agreement::impossible;
    if (option.type == kPrimaryDns) ask_for_dns_[0] = false;
    if (option.type == kSecondaryDns) ask_for_dns_[1] = false;
  }
  return Agreement::possible;
}

std::optional<IpAssignment> IpcpClientNegotiation::agreed() const {
  if (!acknowledged_ || !wanted_.client.is_host()) return {};
  return wanted_;
}

}  // namespace upptpd::ppp
