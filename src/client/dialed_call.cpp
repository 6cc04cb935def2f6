#include "client/dialed_call.hpp"

#include <utility>

namespace upptpd::client {

DialedCall::DialedCall(Settings settings, session::Environment environment, Instant now)
    : settings_(std::move(settings)), environment_(environment), control_(settings_.control, now) {
  drain(now);
}

void DialedCall::receive(View octets, Instant now) {
  control_.receive(octets, now);
  drain(now);
}

void DialedCall::peer_closed(Instant now) {
  control_.peer_closed(now);
  drain(now);
}

void DialedCall::receive(Packet packet, Instant now) {
  session::Statistics& before = before_session_;
  const auto header = gre::parse(packet->view());
  if (!header) return before.drops.add(header.error());
  if (header->call_id != settings_.control.call_id.value() || !session_) {
    return before.drops.add(DropReason::gre_unknown_call);
  }
  if (packet->peer != settings_.server) return session_->drop(DropReason::gre_wrong_peer);
  session_->receive(std::move(packet), *header, now);
  drain(now);
}

void DialedCall::decrypt(Instant now) {
  environment_.decrypt_opened(now);
  drain(now);
}

void DialedCall::send(Packet packet) {
  if (session_) session_->send(std::move(packet));
}

void DialedCall::hang_up(Instant now) {
  // The link first: the connection follows when it is finished.
  if (session_ && !session_->finished()) {
    session_->hang_up(session::Cause::hung_up, now);
  } else {
    control_.hang_up(now);
  }
  drain(now);
}

void DialedCall::advance(Instant now) {
  control_.advance(now);
  if (session_) session_->advance(now);
  decrypt(now);
}

Deadline DialedCall::deadline() const {
  return earlier(control_.deadline(), session_ ? session_->deadline() : Deadline());
}

const session::Statistics& DialedCall::statistics() const {
  return session_ ? session_->statistics() : before_session_;
}

// Each may have something to say to the other.
void DialedCall::drain(Instant now) {
  drain_session(now);
  drain_control(now);
  drain_session(now);
}

void DialedCall::drain_control(Instant now) {
  while (auto output = control_.next_output()) {
    if (const auto* answer = std::get_if<control::CallAnswered>(&*output)) {
      outputs_.push(*answer);
      answered(*answer, now);
      continue;
    }
    if (std::holds_alternative<control::CallDisconnected>(*output)) {
      end_session(session::Cause::peer_hung_up, now);
    } else if (const auto* closed = std::get_if<control::Closed>(&*output)) {
      const bool by_peer = closed->reason == control::CloseReason::peer_stopped;
      end_session(by_peer ? session::Cause::peer_hung_up : session::Cause::control_connection_lost,
                  now);
      closed_ = true;
    }
    std::visit([&](auto& said) { outputs_.push(std::move(said)); }, *output);
  }
}

void DialedCall::answered(const control::CallAnswered& answer, Instant now) {
  session::Session::Settings settings;
  settings.link = settings_.link;
  settings.peer_call_id = answer.peer_call_id;
  settings.peer = settings_.server;
  settings.local = settings_.local;
  session_.emplace(std::move(settings), environment_, now);
}

void DialedCall::end_session(session::Cause cause, Instant now) {
  if (!session_) return;
  session_->call_cleared(cause, now);
  drain_session(now);
}

void DialedCall::drain_session(Instant now) {
  while (session_) {
    auto output = session_->next_output();
    if (!output) return;
    // A client's session asks nothing of its owner.
    auto* event = std::get_if<session::Event>(&*output);
    check(event != nullptr);
    const bool finished = std::holds_alternative<session::Finished>(*event);
    outputs_.push(std::move(*event));
    if (finished) control_.hang_up(now);
  }
}

}  // namespace upptpd::client
