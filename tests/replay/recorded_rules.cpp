#include "recorded_rules.hpp"

#include <algorithm>

#include "core/reader.hpp"

namespace upptpd::replay {
namespace {

using ppp::AuthMethod;
using ppp::Code;
using ppp::Protocol;
using Bits = ppp::MppeBits;
using Requirement = ppp::EncryptionPolicy::Requirement;

/// What of the option this server may agree to.
constexpr std::uint32_t kMode = Bits::kStateless | Bits::kStrengths;

std::optional<std::uint32_t> mppe_bits(const RecordedPacket& packet) {
  for (const ppp::Option& option : packet.options()) {
    if (option.type == kCcpMppe) return option.as_u32();
  }
  return {};
}

void add_method(std::vector<AuthMethod>& methods, AuthMethod method) {
  if (std::ranges::count(methods, method) == 0) methods.push_back(method);
}

/// In the order in which the server named them; what the client logged in with is among them.
std::vector<AuthMethod> find_methods(const Recording& recording, const RecordedLogin& login) {
  std::vector<AuthMethod> methods;
  each_option(recording, false, Protocol::lcp, Code::configure_request,
              [&](const ppp::Option& option) {
                if (option.type != kLcpAuthentication) return;
                if (const auto method = ppp::from_option(option.data)) add_method(methods, *method);
              });
  if (login.method) add_method(methods, *login.method);
  if (methods.empty()) methods.push_back(AuthMethod::ms_chap_v2);
  return methods;
}

/// All the MPPE bits that a side has named in packets of that code, and whether it did without H.
struct Named {
  std::uint32_t strengths = 0;
  bool stateful = false;
};
Named named(const Recording& recording, bool from_client, Code code) {
  Named result;
  each_option(recording, from_client, Protocol::ccp, code, [&](const ppp::Option& option) {
    const auto bits = option.as_u32();
    if (option.type != kCcpMppe || !bits || (*bits & Bits::kStrengths) == 0) return;
    result.strengths |= *bits & Bits::kStrengths;
    result.stateful = result.stateful || (*bits & Bits::kStateless) == 0;
  });
  return result;
}

ppp::EncryptionPolicy find_policy(const Recording& recording) {
  const Named asked = named(recording, false, Code::configure_request);
  const Named suggested = named(recording, false, Code::configure_nak);
  if (const auto modes = find_modes(recording)) {
    const std::uint32_t both = modes->to_peer | modes->from_peer;
    const bool stateless = (modes->to_peer & modes->from_peer & Bits::kStateless) != 0;
    return {asked.strengths != 0 ? Requirement::require : Requirement::allow,
            both & Bits::kStrengths, !stateless};
  }
  const std::uint32_t strengths = asked.strengths | suggested.strengths;
  if (strengths == 0) return {Requirement::off, Bits::kStrengths, false};
  return {reached_network(recording) ? Requirement::prefer : Requirement::require, strengths,
          asked.stateful || suggested.stateful};
}

}  // namespace

std::optional<ppp::EncryptionModes> find_modes(const Recording& recording) {
  std::uint32_t acknowledged[2] = {0, 0};
  bool used = false;
  for (const RecordedPacket& packet : recording.packets) {
    if (used && packet.code() == Code::configure_request && packet.protocol == Protocol::ccp) break;
    used = used || packet.protocol == Protocol::compressed;
    if (packet.protocol != Protocol::ccp || packet.code() != Code::configure_ack) continue;
    acknowledged[packet.from_client ? 1 : 0] = mppe_bits(packet).value_or(0) & kMode;
  }
  auto [to_peer, from_peer] = acknowledged;
  // An acknowledgment that the capture lost was about the same.
  if ((to_peer & Bits::kStrengths) == 0) to_peer = used ? from_peer : 0;
  if ((from_peer & Bits::kStrengths) == 0) from_peer = used ? to_peer : 0;
  if (to_peer == 0 || from_peer == 0) return {};
  return ppp::EncryptionModes{to_peer, from_peer};
}

bool reached_network(const Recording& recording) {
  return any_packet(recording, false, Protocol::ipcp, Code::configure_ack);
}

auth::LoginRules find_rules(const Recording& recording, const RecordedLogin& login) {
  auth::LoginRules rules;
  rules.server_name = "replay";
  rules.methods = find_methods(recording, login);
  rules.encryption = find_policy(recording);
  return rules;
}

bool server_refused_encryption(const Recording& recording) {
  const bool asked = named(recording, true, Code::configure_request).strengths != 0;
  const bool rejected = named(recording, false, Code::configure_reject).strengths != 0;
  const bool protocol_rejected =
      std::ranges::any_of(recording.packets, [](const RecordedPacket& packet) {
        return !packet.from_client && packet.protocol == Protocol::lcp &&
               packet.code() == Code::protocol_reject &&
               Reader(packet.data()).u16() == static_cast<std::uint16_t>(Protocol::ccp);
      });
  return asked && (rejected || protocol_rejected);
}

}  // namespace upptpd::replay
