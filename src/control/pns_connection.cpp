#include "control/pns_connection.hpp"

#include <utility>

namespace upptpd::control {

PnsConnection::PnsConnection(Settings settings, Instant now) : settings_(std::move(settings)) {
  send(StartControlConnectionRequest{.framing_capabilities = kAnyFraming,
                                     .bearer_capabilities = kAnyBearer,
                                     .host_name = settings_.host_name,
                                     .vendor_name = settings_.vendor_name});
  timer_.start(now + settings_.reply_timeout);
}

void PnsConnection::receive(View octets, Instant now) {
  while (state_ != State::closed) {
    const std::optional<StreamItem> item = stream_.next(octets);
    if (!item) return;
    std::visit([&](const auto& arrived) { handle(arrived, now); }, *item);
  }
}

void PnsConnection::hang_up(Instant now) {
  switch (state_) {
    case State::awaiting_start_reply:
      return close(CloseReason::stopped, "We hung up before the server had answered.");
    case State::established:
      send(CallClearRequest{.call_id = SenderCallId(settings_.call_id.value())});
      state_ = State::awaiting_disconnect;
      timer_.start(now + settings_.stop_timeout);
      return;
    case State::awaiting_call_reply:
      return stop(now);
    case State::awaiting_disconnect:
    case State::awaiting_stop_reply:
    case State::closed:
      return;
  }
}

void PnsConnection::peer_closed(Instant /*now*/) {
  switch (state_) {
    case State::awaiting_start_reply:
      return close(CloseReason::peer_closed, "The server closed the TCP connection at once.");
    case State::awaiting_call_reply:
    case State::established:
      return close(CloseReason::peer_closed, "The server closed the TCP connection.");
    case State::awaiting_disconnect:
    case State::awaiting_stop_reply:
      return close(CloseReason::stopped, "We hung up; the server closed the TCP connection.");
    case State::closed:
      return;
  }
}

void PnsConnection::advance(Instant now) {
  if (!timer_.expire(now)) return;
  switch (state_) {
    case State::awaiting_start_reply:
      return close(CloseReason::start_timeout,
                   "The server accepts TCP connections but does not answer as a PPTP server.");
    case State::awaiting_call_reply:
      return close(CloseReason::start_timeout, "The server did not answer our request for a call.");
    case State::established:
      if (echo_outstanding_) {
        return close(CloseReason::echo_timeout, "The server did not answer our Echo-Request.");
      }
      send(EchoRequest{.identifier = ++echo_identifier_});
      echo_outstanding_ = true;
      timer_.start(now + settings_.echo_timeout);
      return;
    case State::awaiting_disconnect:
      return stop(now);
    case State::awaiting_stop_reply:
      return close(CloseReason::stop_timeout, "We hung up; the server did not answer.");
    case State::closed:
      return;
  }
}

void PnsConnection::handle(const Message& message, Instant now) {
  std::visit(
      Overloaded{
          [&](const StartControlConnectionReply& reply) { on_start_reply(reply, now); },
          [&](const OutgoingCallReply& reply) { on_call_reply(reply, now); },
          [&](const CallDisconnectNotify& notify) { on_disconnect(notify, now); },
          [&](const EchoRequest& request) { send(EchoReply{.identifier = request.identifier}); },
          [&](const EchoReply& reply) {
            if (reply.identifier == echo_identifier_) echo_outstanding_ = false;
          },
          [&](const StopControlConnectionRequest&) {
            send(StopControlConnectionReply{});
            close(CloseReason::peer_stopped, "The server stopped the control connection.");
          },
          [&](const StopControlConnectionReply&) {
            if (state_ != State::awaiting_stop_reply) return;
            close(CloseReason::stopped, "We hung up.");
          },
          // Set-Link-Info means nothing over GRE; the rest is not for a client.
          [](const auto&) {},
      },
      message);
  if (state_ == State::established && !echo_outstanding_) timer_.start(now + settings_.echo_idle);
}

void PnsConnection::handle(ParseError error, Instant /*now*/) {
  close(CloseReason::protocol_error,
        "What the server sent is not a PPTP message: " + std::string(describe(error)) + ".");
}

void PnsConnection::on_start_reply(const StartControlConnectionReply& reply, Instant now) {
  if (state_ != State::awaiting_start_reply) return;
  if (reply.result != StartResult::success) {
    const bool version = reply.result == StartResult::version_not_supported;
    return close(CloseReason::refused, version ? "The server does not speak version 1 of PPTP."
                                               : "The server refused the control connection.");
  }
  outputs_.push(Started{.host_name = reply.host_name,
                        .vendor_name = reply.vendor_name,
                        .firmware_revision = reply.firmware_revision,
                        .protocol_version = reply.protocol_version,
                        .framing_capabilities = reply.framing_capabilities,
                        .bearer_capabilities = reply.bearer_capabilities,
                        .maximum_channels = reply.maximum_channels});
  send(OutgoingCallRequest{.call_id = SenderCallId(settings_.call_id.value()),
                           .call_serial_number = 1,
                           .minimum_speed = settings_.minimum_speed,
                           .maximum_speed = settings_.maximum_speed,
                           .bearer_type = kAnyBearer,
                           .framing_type = kAnyFraming,
                           .receive_window = settings_.receive_window});
  state_ = State::awaiting_call_reply;
  timer_.start(now + settings_.reply_timeout);
}

void PnsConnection::on_call_reply(const OutgoingCallReply& reply, Instant now) {
  const bool ours = reply.peer_call_id.value() == settings_.call_id.value();
  if (state_ != State::awaiting_call_reply || !ours) return;
  if (reply.result != OutgoingCallResult::connected) {
    outputs_.push(CallRefused{reply.result});
    return stop(now);
  }
  peer_call_id_ = PeerCallId(reply.call_id.value());
  state_ = State::established;
  outputs_.push(CallAnswered{peer_call_id_});
}

void PnsConnection::on_disconnect(const CallDisconnectNotify& notify, Instant now) {
  const bool ours = notify.call_id.value() == peer_call_id_.value();
  if (state_ == State::awaiting_disconnect && ours) return stop(now);
  if (state_ != State::established || !ours) return;
  outputs_.push(CallDisconnected{notify.result});
  stop(now);
}

void PnsConnection::stop(Instant now) {
  send(StopControlConnectionRequest{.reason = StopReason::general});
  state_ = State::awaiting_stop_reply;
  timer_.start(now + settings_.stop_timeout);
}

void PnsConnection::close(CloseReason reason, std::string sentence) {
  state_ = State::closed;
  timer_.stop();
  outputs_.push(Closed{.reason = reason, .sentence = std::move(sentence)});
}

}  // namespace upptpd::control
