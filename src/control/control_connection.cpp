#include "control/control_connection.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace upptpd::control {
namespace {

// Each message names its calls from its sender's side; these turn that round.
PeerCallId from_peer(SenderCallId id) { return PeerCallId(id.value()); }
CallId from_peer(ReceiverCallId id) { return CallId(id.value()); }
SenderCallId to_peer(CallId id) { return SenderCallId(id.value()); }
ReceiverCallId to_peer(PeerCallId id) { return ReceiverCallId(id.value()); }

/// For messages about a call that never got an id of ours.
constexpr SenderCallId kNoCallId{0};

std::uint16_t channels(std::size_t max_calls) {
  return static_cast<std::uint16_t>(
      std::min<std::size_t>(max_calls, std::numeric_limits<std::uint16_t>::max()));
}

}  // namespace

ControlConnection::ControlConnection(ControlSettings settings, Instant now)
    : settings_(std::move(settings)), calls_(settings_.max_calls) {
  timer_.start(now + settings_.first_message_timeout);
}

void ControlConnection::receive(View octets, Instant now) {
  while (state_ != State::closed) {
    const std::optional<StreamItem> item = stream_.next(octets);
    if (!item) return;
    std::visit([&](const auto& arrived) { handle(arrived, now); }, *item);
  }
}

void ControlConnection::advance(Instant now) {
  if (!timer_.expire(now)) return;
  switch (state_) {
    case State::awaiting_start:
      return close(CloseReason::start_timeout, "No Start-Control-Connection-Request came in time.");
    case State::established:
      if (echo_outstanding_) {
        report_all_ended(CallEndReason::echo_timeout);
        return close(CloseReason::echo_timeout, "The peer did not answer our Echo-Request.");
      }
      send(EchoRequest{.identifier = ++echo_identifier_});
      echo_outstanding_ = true;
      timer_.start(now + settings_.echo_timeout);
      return;
    case State::awaiting_stop_reply:
      return close(CloseReason::stop_timeout,
                   "The peer did not answer our Stop-Control-Connection-Request.");
    case State::closed:
      return;
  }
}

bool ControlConnection::accept_call(CallRequestNumber request, CallId ours, Instant /*now*/) {
  Call* call = calls_.awaiting_answer(request);
  if (call == nullptr) return false;
  check(calls_.established(ours) == nullptr);
  call->establish(ours);
  send(OutgoingCallReply{.call_id = to_peer(ours),
                         .peer_call_id = to_peer(call->peer_call_id()),
                         .result = OutgoingCallResult::connected,
                         // There is no line that has a speed. No client looks at it.
                         .connect_speed = call->maximum_speed(),
                         .receive_window = settings_.receive_window});
  return true;
}

void ControlConnection::refuse_call(CallRequestNumber request, OutgoingCallResult result,
                                    Instant /*now*/) {
  check(result != OutgoingCallResult::connected);
  const Call* call = calls_.awaiting_answer(request);
  if (call == nullptr) return;
  refuse(call->peer_call_id(), result);
  calls_.remove(call);
}

void ControlConnection::end_call(CallId call_id, CallDisconnectResult result, Instant /*now*/) {
  const Call* call = calls_.established(call_id);
  if (call == nullptr) return;
  notify_disconnect(call_id, result);
  calls_.remove(call);
}

void ControlConnection::stop(StopReason reason, Instant now) {
  switch (state_) {
    case State::awaiting_start:
      return close(CloseReason::stopped, "We stopped before the peer had started.");
    case State::established:
      for (const Call& call : calls_.take_all()) {
        if (call.state() == CallState::established) {
          notify_disconnect(call.call_id(), CallDisconnectResult::administrative_shutdown);
        } else {
          refuse(call.peer_call_id(), OutgoingCallResult::do_not_accept);
        }
      }
      send(StopControlConnectionRequest{.reason = reason});
      state_ = State::awaiting_stop_reply;
      timer_.start(now + settings_.stop_timeout);
      return;
    case State::awaiting_stop_reply:
    case State::closed:
      return;
  }
}

void ControlConnection::peer_closed(Instant /*now*/) {
  switch (state_) {
    case State::awaiting_start:
    case State::established:
      report_all_ended(CallEndReason::peer_closed);
      return close(CloseReason::peer_closed, "The peer closed the TCP connection.");
    case State::awaiting_stop_reply:
      return close(CloseReason::stopped, "We stopped; the peer closed the TCP connection.");
    case State::closed:
      return;
  }
}

void ControlConnection::handle(const Message& message, Instant now) {
  ++counters_.received_messages;
  switch (state_) {
    case State::awaiting_start:
      start(message);
      break;
    case State::established:
      in_established(message);
      break;
    case State::awaiting_stop_reply:
      while_stopping(message);
      break;
    case State::closed:
      break;
  }
  heard_from_peer(now);
}

void ControlConnection::handle(const UnknownControlMessage& /*message*/, Instant now) {
  ++counters_.received_messages;
  ++counters_.unknown_messages;
  ignore();
  if (state_ == State::awaiting_start) {
    close(CloseReason::not_started,
          "A message of unknown type came before the Start-Control-Connection-Request.");
  }
  heard_from_peer(now);
}

void ControlConnection::handle(ParseError error, Instant /*now*/) {
  report_all_ended(CallEndReason::protocol_error);
  close(CloseReason::protocol_error,
        "What came is not a PPTP message: " + std::string(describe(error)) + ".");
}

void ControlConnection::heard_from_peer(Instant now) {
  // Silence is measured in messages, as in section 3.1.4: a peer that trickles octets is asked too.
  // And only the Echo-Reply ends the wait for it.
  if (state_ == State::established && !echo_outstanding_) timer_.start(now + settings_.echo_idle);
}

void ControlConnection::start(const Message& first) {
  const auto* request = std::get_if<StartControlConnectionRequest>(&first);
  if (request == nullptr) {
    return close(CloseReason::not_started,
                 "Another message came before the Start-Control-Connection-Request.");
  }
  if (request->protocol_version >> 8 != kProtocolMajorVersion) {
    reply_to_start(StartResult::version_not_supported);
    return close(CloseReason::version_not_supported,
                 "The peer wants version " + std::to_string(request->protocol_version >> 8) +
                     " of PPTP; there is only version 1.");
  }
  reply_to_start(StartResult::success);
  state_ = State::established;
  outputs_.push(Started{.host_name = request->host_name,
                        .vendor_name = request->vendor_name,
                        .firmware_revision = request->firmware_revision,
                        .protocol_version = request->protocol_version,
                        .framing_capabilities = request->framing_capabilities,
                        .bearer_capabilities = request->bearer_capabilities,
                        .maximum_channels = request->maximum_channels});
}

void ControlConnection::in_established(const Message& message) {
  std::visit(
      Overloaded{
          [&](const StartControlConnectionRequest&) {
            // The connection that exists is not at fault: it and its calls stay.
            ignore();
            reply_to_start(StartResult::channel_already_exists);
          },
          [&](const StopControlConnectionRequest&) {
            report_all_ended(CallEndReason::peer_stopped);
            send(StopControlConnectionReply{.result = StopResult::closed});
            close(CloseReason::peer_stopped, "The peer stopped the control connection.");
          },
          [&](const EchoRequest& request) { send(EchoReply{.identifier = request.identifier}); },
          [&](const EchoReply& reply) { handle_echo_reply(reply); },
          [&](const OutgoingCallRequest& request) { handle_call_request(request); },
          [&](const CallClearRequest& request) { handle_clear(request); },
          [&](const CallDisconnectNotify& notify) { handle_disconnect(notify); },
          [&](const SetLinkInfo& info) { handle_link_info(info); },
          [&](const IncomingCallRequest& request) {
            // We are the PAC: telephones ring here, not there.
            ignore();
            send(IncomingCallReply{.call_id = kNoCallId,
                                   .peer_call_id = to_peer(from_peer(request.call_id)),
                                   .result = IncomingCallResult::do_not_accept});
          },
          // What only a PAC sends, and replies to what we never asked.
          [&](const StartControlConnectionReply&) { ignore(); },
          [&](const StopControlConnectionReply&) { ignore(); },
          [&](const OutgoingCallReply&) { ignore(); },
          [&](const IncomingCallReply&) { ignore(); },
          [&](const IncomingCallConnected&) { ignore(); },
          [&](const WanErrorNotify&) { ignore(); },
      },
      message);
}

void ControlConnection::while_stopping(const Message& message) {
  if (std::holds_alternative<StopControlConnectionReply>(message)) {
    close(CloseReason::stopped, "We stopped the control connection.");
  } else if (std::holds_alternative<StopControlConnectionRequest>(message)) {
    send(StopControlConnectionReply{.result = StopResult::closed});
    close(CloseReason::stopped, "Both sides stopped the control connection.");
  } else if (const auto* request = std::get_if<EchoRequest>(&message)) {
    send(EchoReply{.identifier = request->identifier});
  } else {
    ignore();
  }
}

void ControlConnection::handle_echo_reply(const EchoReply& reply) {
  if (!echo_outstanding_ || reply.identifier != echo_identifier_) return ignore();
  // Whatever its result says, the peer is there.
  echo_outstanding_ = false;
}

void ControlConnection::handle_call_request(const OutgoingCallRequest& request) {
  const PeerCallId peer_call_id = from_peer(request.call_id);
  if (calls_.full()) {
    ++counters_.busy_calls;
    return refuse(peer_call_id, OutgoingCallResult::busy);
  }
  const CallRequestNumber number(++last_request_);
  calls_.add(Call(number, peer_call_id, request.maximum_speed));
  outputs_.push(CallRequested{.request = number,
                              .peer_call_id = peer_call_id,
                              .call_serial_number = request.call_serial_number,
                              .minimum_speed = request.minimum_speed,
                              .maximum_speed = request.maximum_speed,
                              .bearer_type = request.bearer_type,
                              .framing_type = request.framing_type,
                              .receive_window = request.receive_window,
                              .phone_number = request.phone_number,
                              .subaddress = request.subaddress});
}

void ControlConnection::handle_clear(const CallClearRequest& request) {
  // An unknown call gets no answer: a Call-Disconnect-Notify has room for our id only, and there is
  // none. The usual cause is that our own notify is on its way.
  const Call* call = calls_.newest(from_peer(request.call_id));
  if (call == nullptr) return ignore();
  report_end(*call, CallEndReason::cleared_by_peer);
  notify_disconnect(call->call_id(), CallDisconnectResult::request);
  calls_.remove(call);
}

void ControlConnection::handle_disconnect(const CallDisconnectNotify& notify) {
  // Not a PNS's message, but some send it, with their own id as in all messages that carry only
  // one.
  const Call* call = calls_.newest(from_peer(notify.call_id));
  if (call == nullptr) return ignore();
  report_end(*call, CallEndReason::disconnected_by_peer);
  calls_.remove(call);
}

void ControlConnection::handle_link_info(const SetLinkInfo& info) {
  const CallId call_id = from_peer(info.peer_call_id);
  if (calls_.established(call_id) == nullptr) return ignore();
  outputs_.push(LinkInfoReceived{
      .call_id = call_id, .send_accm = info.send_accm, .receive_accm = info.receive_accm});
}

void ControlConnection::send(const Message& message) {
  outputs_.push(SendBytes{serialise(message)});
}

void ControlConnection::reply_to_start(StartResult result) {
  send(StartControlConnectionReply{.result = result,
                                   .framing_capabilities = kAnyFraming,
                                   .bearer_capabilities = kAnyBearer,
                                   .maximum_channels = channels(settings_.max_calls),
                                   .firmware_revision = settings_.firmware_revision,
                                   .host_name = settings_.host_name,
                                   .vendor_name = settings_.vendor_name});
}

void ControlConnection::refuse(PeerCallId peer_call_id, OutgoingCallResult result) {
  const bool general = result == OutgoingCallResult::general_error;
  send(OutgoingCallReply{.call_id = kNoCallId,
                         .peer_call_id = to_peer(peer_call_id),
                         .result = result,
                         .error = general ? GeneralError::no_resource : GeneralError::none});
}

void ControlConnection::notify_disconnect(std::optional<CallId> call_id,
                                          CallDisconnectResult result) {
  send(CallDisconnectNotify{.call_id = call_id ? to_peer(*call_id) : kNoCallId, .result = result});
}

void ControlConnection::report_end(const Call& call, CallEndReason why) {
  if (call.call_id()) {
    outputs_.push(CallEnded{.call_id = *call.call_id(), .why = why});
  } else {
    outputs_.push(CallRequestWithdrawn{.request = call.request(), .why = why});
  }
}

void ControlConnection::report_all_ended(CallEndReason why) {
  for (const Call& call : calls_.take_all()) report_end(call, why);
}

void ControlConnection::close(CloseReason reason, std::string sentence) {
  state_ = State::closed;
  timer_.stop();
  outputs_.push(Closed{.reason = reason, .sentence = std::move(sentence)});
}

}  // namespace upptpd::control
