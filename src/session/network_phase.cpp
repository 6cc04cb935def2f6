#include "session/network_phase.hpp"

#include <utility>

namespace upptpd::session {
namespace {

using ppp::ControlProtocol;
using ppp::Protocol;
using Requirement = ppp::EncryptionPolicy::Requirement;

/// Between two Reset-Requests: a round trip, and what is on its way.
constexpr Duration kResetInterval = std::chrono::seconds(1);
/// Between two flushes: pppd asks once more when the answer to its first request comes, though the
/// flush comes with it, and asks in earnest after a second.
constexpr Duration kFlushInterval = std::chrono::milliseconds(900);

}  // namespace

NetworkPhase::NetworkPhase(Settings settings, Instant now)
    : settings_(std::move(settings)),
      ccp_(settings_.encryption),
      ccp_protocol_(ccp_, settings_.restart) {
  if (settings_.quirks.wants_no_reset_ack) ccp_.leave_resets_unanswered();
  const Requirement requirement = settings_.encryption.requirement;
  const bool asks = requirement == Requirement::require || requirement == Requirement::prefer;
  if (asks) ccp_protocol_.open(now);
}

void NetworkPhase::open_ip(std::unique_ptr<ppp::IpNegotiation> negotiation, Instant now) {
  ip_.emplace(std::move(negotiation), settings_.restart);
  ip_->protocol.open(now);
  if (!early_ip_packet_.empty()) {
    ip_->protocol.receive(std::exchange(early_ip_packet_, {}), now);
  }
}

bool NetworkPhase::speaks(Protocol protocol) const {
  if (protocol == Protocol::ccp) return settings_.encryption.requirement != Requirement::off;
  return protocol == Protocol::ipcp;
}

void NetworkPhase::receive(Protocol protocol, View packet, Instant now) {
  if (protocol == Protocol::ccp) {
    receive_ccp(packet, now);
  } else if (ip_) {
    ip_->protocol.receive(packet, now);
  } else {
    early_ip_packet_.assign(packet.begin(), packet.end());
  }
}

void NetworkPhase::receive_ccp(View packet, Instant now) {
  const auto parsed = ppp::ControlPacket::parse(packet);
  const bool asks = parsed && parsed->code == ppp::Code::configure_request;
  if (asks && ccp_protocol_.state() == ppp::State::initial) ccp_protocol_.open(now);
  ccp_protocol_.receive(packet, now);
  const bool flushed_lately = flushed_ && now - *flushed_ < kFlushInterval;
  if (!ccp_.take_reset() || flushed_lately) return;
  flushed_ = now;
  outputs_.push(FlushEncryption{});
}

void NetworkPhase::protocol_rejected(Protocol protocol, Instant now) {
  if (protocol == Protocol::ccp) ccp_protocol_.protocol_rejected(now);
  if (protocol == Protocol::ipcp && ip_) ip_->protocol.protocol_rejected(now);
}

void NetworkPhase::packets_missing(Instant now) {
  if (reset_requested_ && now - *reset_requested_ < kResetInterval) return;
  reset_requested_ = now;
  ccp_protocol_.send(ppp::Code::reset_request, {});
}

void NetworkPhase::advance(Instant now) {
  ccp_protocol_.advance(now);
  if (ip_) ip_->protocol.advance(now);
}

Deadline NetworkPhase::deadline() const {
  return earlier(ccp_protocol_.deadline(), ip_ ? ip_->protocol.deadline() : Deadline());
}

std::optional<NetworkPhase::Output> NetworkPhase::next_output() {
  while (outputs_.empty() && step()) {
  }
  return outputs_.pop();
}

bool NetworkPhase::step() {
  if (auto output = ccp_protocol_.next_output()) {
    handle(std::move(*output), Protocol::ccp);
    return true;
  }
  if (!ip_) return false;
  auto output = ip_->protocol.next_output();
  if (output) handle(std::move(*output), Protocol::ipcp);
  return output.has_value();
}

void NetworkPhase::handle(ControlProtocol::Output&& output, Protocol protocol) {
  std::visit(
      Overloaded{
          [&](ControlProtocol::Send& send) {
            outputs_.push(SendFrame{protocol, std::move(send.packet)});
          },
          [&](ControlProtocol::LayerUp&) { layer_up(protocol); },
          [&](ControlProtocol::LayerDown&) { layer_down(protocol); },
          [&](ControlProtocol::Finished& finished) { layer_finished(protocol, finished.cause); },
          [&](ControlProtocol::TerminateRequested& request) {
            outputs_.push(PeerTerminates{std::move(request.data)});
            if (protocol == Protocol::ccp) encryption_ended(Cause::encryption_refused);
            if (protocol == Protocol::ipcp) outputs_.push(Failed{Cause::network_refused});
          },
          [&](ControlProtocol::Dropped& drop) { outputs_.push(ControlDropped{drop.reason}); },
      },
      output);
}

void NetworkPhase::layer_up(Protocol protocol) {
  if (protocol == Protocol::ccp) return encryption_opened();
  if (!ip_->negotiation->agreed()) return outputs_.push(Failed{Cause::address_refused});
  traffic_may_flow();
}

void NetworkPhase::layer_down(Protocol protocol) {
  if (std::exchange(network_up_, false)) outputs_.push(NetworkDown{});
  if (protocol == Protocol::ccp) outputs_.push(EncryptionDown{true});
  outputs_.push(CameDown{});
}

void NetworkPhase::layer_finished(Protocol protocol, ControlProtocol::Cause cause) {
  const bool silent = cause == ControlProtocol::Cause::no_answer;
  if (protocol == Protocol::ccp) {
    return encryption_ended(silent ? Cause::encryption_no_answer : Cause::encryption_refused);
  }
  outputs_.push(Failed{Cause::network_refused});
}

void NetworkPhase::encryption_opened() {
  if (const auto modes = encryption()) {
    encrypted_ = true;
    outputs_.push(EncryptionUp{settings_.keys, *modes});
    outputs_.push(Event(EncryptionStarted{*modes}));
  } else if (!encryption_settled() || ccp_.one_sided()) {
    return refuse_encryption(Cause::encryption_refused);
  }
  traffic_may_flow();
}

/// CCP is over. What that means depends on whether there was, and has to be, encryption.
void NetworkPhase::encryption_ended(Cause cause) {
  if (encrypted_) return outputs_.push(Failed{Cause::encryption_lost});
  if (settings_.encryption.required()) return refuse_encryption(cause);
  traffic_may_flow();
}

void NetworkPhase::refuse_encryption(Cause cause) {
  outputs_.push(Event(refusal()));
  outputs_.push(Failed{cause});
}

void NetworkPhase::traffic_may_flow() {
  if (network_up_ || !encryption_settled() || !ip_ || !ip_->protocol.opened()) return;
  const auto addresses = ip_->negotiation->agreed();
  if (!addresses) return;
  network_up_ = true;
  outputs_.push(NetworkUp{settings_.user, *addresses, encryption()});
}

std::optional<ppp::EncryptionModes> NetworkPhase::encryption() const {
  return ccp_protocol_.opened() ? ccp_.agreed() : std::nullopt;
}

bool NetworkPhase::encryption_settled() const {
  if (encryption()) return true;
  const ppp::State state = ccp_protocol_.state();
  const bool at_rest = state == ppp::State::initial || state == ppp::State::closed ||
                       state == ppp::State::stopped || state == ppp::State::opened;
  return at_rest && !encrypted_ && !settings_.encryption.required();
}

// pppd ends the link as soon as it is asked for a strength that it does not have.
bool NetworkPhase::encryption_given_up() const {
  const std::uint32_t named = ccp_.peer_offer().value_or(0) & ppp::MppeBits::kStrengths;
  const bool nothing_in_common =
      !encrypted_ && named != 0 && (named & settings_.encryption.strengths) == 0;
  return settings_.encryption.required() &&
         (nothing_in_common || ccp_protocol_.state() == ppp::State::closing);
}

}  // namespace upptpd::session
