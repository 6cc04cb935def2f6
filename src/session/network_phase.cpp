#include "session/network_phase.hpp"

#include <utility>

namespace upptpd::session {

using ppp::Protocol;

NetworkPhase::NetworkPhase(ppp::RestartPolicy policy, std::uint32_t encryption, Instant now)
    : policy_(policy), ccp_(encryption), ccp_protocol_(ccp_, policy) {
  ccp_protocol_.open(now);
}

void NetworkPhase::open_ip(std::unique_ptr<ppp::IpNegotiation> negotiation, Instant now) {
  ip_.emplace(std::move(negotiation), policy_);
  ip_->protocol.open(now);
  if (!early_ip_packet_.empty()) {
    ip_->protocol.receive(std::exchange(early_ip_packet_, {}), now);
  }
}

void NetworkPhase::receive(Protocol protocol, View packet, Instant now) {
  if (protocol == Protocol::ccp) {
    ccp_protocol_.receive(packet, now);
  } else if (ip_) {
    ip_->protocol.receive(packet, now);
  } else {
    early_ip_packet_.assign(packet.begin(), packet.end());
  }
}

void NetworkPhase::protocol_rejected(Protocol protocol, Instant now) {
  if (protocol == Protocol::ccp) ccp_protocol_.protocol_rejected(now);
  if (protocol == Protocol::ipcp && ip_) ip_->protocol.protocol_rejected(now);
}

void NetworkPhase::advance(Instant now) {
  ccp_protocol_.advance(now);
  if (ip_) ip_->protocol.advance(now);
}

Deadline NetworkPhase::deadline() const {
  return earlier(ccp_protocol_.deadline(), ip_ ? ip_->protocol.deadline() : Deadline());
}

std::optional<NetworkPhase::Output> NetworkPhase::next_output() {
  if (auto output = ccp_protocol_.next_output()) return Output{Protocol::ccp, std::move(*output)};
  if (!ip_) return {};
  if (auto output = ip_->protocol.next_output()) return Output{Protocol::ipcp, std::move(*output)};
  return {};
}

std::optional<ppp::IpAssignment> NetworkPhase::addresses() const {
  if (!ip_) return {};
  return ip_->negotiation->agreed();
}

bool NetworkPhase::opened() const {
  return ccp_protocol_.opened() && ip_ && ip_->protocol.opened();
}

}  // namespace upptpd::session
