#include "ppp/control_protocol.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "core/check.hpp"
#include "ppp/option.hpp"

namespace upptpd::ppp {
namespace {

/// What of a packet goes back in a Code-Reject: all that a peer with the smallest MRU takes.
constexpr std::size_t kMostRejected = 64;

Bytes copy(View bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Bytes Negotiation::echo_reply(const ControlPacket& request) { return copy(request.data); }

ControlProtocol::ControlProtocol(Negotiation& negotiation, RestartPolicy policy)
    : negotiation_(negotiation), policy_(policy) {}

void ControlProtocol::open(Instant now) {
  negotiation_.begin();
  fire(Event::open, now);
  fire(Event::up, now);
}

void ControlProtocol::close(Instant now, View reason) {
  cause_ = Cause::closed;
  terminate_reason_ = copy(reason);
  fire(Event::close, now);
}

void ControlProtocol::receive(View packet, Instant now) {
  if (state_ == State::initial || state_ == State::starting) {
    return drop(DropReason::control_unexpected);
  }
  const auto parsed = ControlPacket::parse(packet);
  if (!parsed) return drop(DropReason::control_malformed);
  received_ = *parsed;
  switch (parsed->code) {
    case Code::configure_request:
      on_configure_request(*parsed, now);
      break;
    case Code::configure_ack:
    case Code::configure_nak:
    case Code::configure_reject:
      on_configure_answer(*parsed, now);
      break;
    case Code::terminate_request:
      if (state_ == State::opened) cause_ = Cause::terminated;
      outputs_.push(TerminateRequested{copy(parsed->data)});
      fire(Event::rtr, now);
      break;
    case Code::terminate_ack:
      if (state_ == State::opened) negotiation_.begin();
      fire(Event::rta, now);
      break;
    case Code::code_reject:
      on_code_reject(*parsed, now);
      break;
    case Code::protocol_reject:
    case Code::echo_request:
    case Code::echo_reply:
    case Code::discard_request:
    case Code::identification:
    case Code::time_remaining:
    case Code::reset_request:
    case Code::reset_ack:
    default:
      on_extra_code(*parsed, now);
      break;
  }
  received_ = {};
}

void ControlProtocol::protocol_rejected(Instant now) {
  if (state_ == State::initial || state_ == State::starting) return;
  cause_ = Cause::rejected;
  fire(Event::rxj_minus, now);
}

// Who was heard has come up before, and may have answered.
void ControlProtocol::peer_came_up(Instant) {
  if (!peer_heard_) repeat_request();
}

void ControlProtocol::repeat_request() {
  const bool waiting = state_ == State::req_sent || state_ == State::ack_sent;
  if (!waiting || request_answered_) return;
  transmit(Code::configure_request, request_identifier_, request_options_);
}

void ControlProtocol::advance(Instant now) {
  if (!restart_timer_.expire(now)) return;
  retransmitting_ = true;
  fire(restart_count_ > 0 ? Event::to_plus : Event::to_minus, now);
  retransmitting_ = false;
}

void ControlProtocol::send(Code code, View data) { transmit(code, next_identifier_++, data); }

void ControlProtocol::on_configure_request(const ControlPacket& packet, Instant now) {
  if (repeats_what_was_acknowledged(packet)) {
    return transmit(Code::configure_ack, packet.identifier, packet.data);
  }
  if (!parse_options(packet.data)) return drop(DropReason::control_malformed);
  // Windows throws away what comes before its PPP engine runs, and pppd answers Terminate-Ack
  // before it wants the protocol: in both cases the peer's first request says that ours may be
  // lost. It goes again before our answer: after an Ack it could hit an opened peer, which would
  // have to start again.
  if (!std::exchange(peer_heard_, true)) repeat_request();
  if (state_ == State::opened || state_ == State::stopped) negotiation_.begin();
  judgement_ = negotiation_.judge(packet.data, naks_sent_ < policy_.max_failure);
  const bool good = judgement_.kind == Judgement::Kind::ack;
  if (!good && ++refusals_ > policy_.max_refusals) return give_up(Cause::not_converging, now);
  fire(good ? Event::rcr_plus : Event::rcr_minus, now);
}

// A second Nak of ours for one request makes some clients (Windows 10) ask again for what is agreed
// already. The RFC would tear the layer down and up; an Ack is enough.
bool ControlProtocol::repeats_what_was_acknowledged(const ControlPacket& packet) {
  return state_ == State::opened && std::ranges::equal(packet.data, acknowledged_options_) &&
         quiet_acknowledgments_ < kMostQuietAcknowledgments && ++quiet_acknowledgments_ > 0;
}

void ControlProtocol::on_configure_answer(const ControlPacket& packet, Instant now) {
  // An answer to something that is not on its way (any more) is invalid, and silently discarded
  // (sections 5.2 to 5.4).
  if (packet.identifier != request_identifier_ || request_answered_) {
    if (state_ == State::closed || state_ == State::stopped) fire(Event::rca, now);
    // Two answers to a request that we had sent twice are nothing to count.
    if (packet.identifier != request_identifier_) drop(DropReason::control_unexpected);
    return;
  }
  if (packet.code == Code::configure_ack) {
    if (!std::ranges::equal(packet.data, request_options_)) {
      return drop(DropReason::control_malformed);
    }
    request_answered_ = true;
    negotiation_.on_ack();
    return fire(Event::rca, now);
  }
  if (!parse_options(packet.data)) return drop(DropReason::control_malformed);
  request_answered_ = true;
  const Agreement agreement = packet.code == Code::configure_nak
                                  ? negotiation_.on_nak(packet.data)
                                  : negotiation_.on_reject(packet.data);
  if (agreement == Agreement::impossible || ++refusals_ > policy_.max_refusals) {
    return give_up(Cause::not_converging, now);
  }
  fire(Event::rcn, now);
}

void ControlProtocol::on_code_reject(const ControlPacket& packet, Instant now) {
  const bool basic = !packet.data.empty() && packet.data[0] >= 1 && packet.data[0] <= 7;
  if (basic) cause_ = Cause::rejected;
  fire(basic ? Event::rxj_minus : Event::rxj_plus, now);
}

void ControlProtocol::on_extra_code(const ControlPacket& packet, Instant now) {
  switch (negotiation_.on_extra_code(packet)) {
    case ExtraCode::unknown:
      return fire(Event::ruc, now);
    case ExtraCode::echo:
      return fire(Event::rxr, now);
    case ExtraCode::reset:
      if (state_ == State::opened) transmit(Code::reset_ack, packet.identifier, {});
      return;
    case ExtraCode::handled:
      return;
    case ExtraCode::useless:
      return drop(DropReason::control_unexpected);
  }
}

void ControlProtocol::give_up(Cause cause, Instant now) {
  cause_ = cause;
  fire(Event::close, now);
}

void ControlProtocol::fire(Event event, Instant now) {
  const Transition& cell = transition(state_, event);
  check(cell.legal);
  state_ = cell.next;
  for (Action action : cell.actions) act(action, now);
  if (!restart_timer_runs(state_)) restart_timer_.stop();
}

void ControlProtocol::act(Action action, Instant now) {
  switch (action) {
    case Action::none:
    case Action::tls:
      break;
    case Action::tlu:
      refusals_ = 0;
      quiet_acknowledgments_ = 0;
      outputs_.push(LayerUp{});
      break;
    case Action::tld:
      outputs_.push(LayerDown{});
      break;
    case Action::tlf:
      outputs_.push(Finished{cause_});
      break;
    case Action::irc:
      restart_count_ = state_ == State::closing || state_ == State::stopping
                           ? policy_.max_terminate
                           : policy_.max_configure;
      break;
    case Action::zrc:
      restart_count_ = 0;
      restart_timer_.start(now + policy_.restart);
      break;
    case Action::scr:
      send_configure_request(now);
      break;
    case Action::sca:
      acknowledged_options_ = copy(received_.data);
      naks_sent_ = 0;
      transmit(Code::configure_ack, received_.identifier, received_.data);
      break;
    case Action::scn:
      if (judgement_.kind == Judgement::Kind::nak) ++naks_sent_;
      transmit(
          judgement_.kind == Judgement::Kind::nak ? Code::configure_nak : Code::configure_reject,
          received_.identifier, judgement_.options);
      break;
    case Action::str:
      send_terminate_request(now);
      break;
    case Action::sta:
      transmit(Code::terminate_ack, received_.identifier, {});
      break;
    case Action::scj: {
      const Bytes rejected = received_.serialise();
      send(Code::code_reject, View(rejected).first(std::min(rejected.size(), kMostRejected)));
      break;
    }
    case Action::ser:
      if (received_.code == Code::echo_request) {
        transmit(Code::echo_reply, received_.identifier, negotiation_.echo_reply(received_));
      }
      break;
  }
}

void ControlProtocol::send_configure_request(Instant now) {
  if (!retransmitting_ || request_answered_) {
    request_options_ = negotiation_.propose();
    request_identifier_ = next_identifier_++;
    request_answered_ = false;
  }
  transmit(Code::configure_request, request_identifier_, request_options_);
  count_transmission(now);
}

void ControlProtocol::send_terminate_request(Instant now) {
  if (!retransmitting_) terminate_identifier_ = next_identifier_++;
  transmit(Code::terminate_request, terminate_identifier_, terminate_reason_);
  count_transmission(now);
}

void ControlProtocol::transmit(Code code, std::uint8_t identifier, View data) {
  outputs_.push(Send{ControlPacket{code, identifier, data}.serialise()});
}

void ControlProtocol::count_transmission(Instant now) {
  if (restart_count_ > 0) --restart_count_;
  restart_timer_.start(now + policy_.restart);
}

}  // namespace upptpd::ppp
