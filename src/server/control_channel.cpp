#include "server/control_channel.hpp"

#include <algorithm>
#include <utility>

namespace upptpd::server {
namespace {

session::Cause cause_of(control::CallEndReason why) {
  switch (why) {
    case control::CallEndReason::cleared_by_peer:
    case control::CallEndReason::disconnected_by_peer:
    case control::CallEndReason::peer_stopped:
      return session::Cause::peer_hung_up;
    case control::CallEndReason::peer_closed:
    case control::CallEndReason::echo_timeout:
    case control::CallEndReason::protocol_error:
      return session::Cause::control_connection_lost;
  }
  return session::Cause::control_connection_lost;
}

control::CallDisconnectResult result_of(session::Cause end) {
  const bool wanted = end == session::Cause::server_shut_down || end == session::Cause::kicked ||
                      end == session::Cause::superseded;
  return wanted ? control::CallDisconnectResult::administrative_shutdown
                : control::CallDisconnectResult::lost_carrier;
}

control::ControlSettings control_settings(const config::Config& config) {
  control::ControlSettings settings;
  settings.host_name = config.auth.server_name;
  return settings;
}

}  // namespace

ControlChannel::ControlChannel(Services& services, ConnectionId id, Ipv4Address peer,
                               Ipv4Address local, Instant now)
    : services_(services),
      id_(id),
      peer_(peer),
      local_(local),
      connection_(control_settings(services.config), now) {
  expect_login(now);
}

void ControlChannel::receive(View octets, Instant now) {
  connection_.receive(octets, now);
  drain(now);
}

void ControlChannel::peer_closed(Instant now) {
  connection_.peer_closed(now);
  drain(now);
}

void ControlChannel::connection_failed(std::string_view reason) const {
  if (!started_ || closed_) return;
  services_.log.warn(line("control_connection_failed").add("reason", reason));
}

void ControlChannel::advance(Instant now) {
  connection_.advance(now);
  drain(now);
  if (last_words_.expire(now)) unheard_ = true;
  if (login_timer_.expire(now) && !closed_) {
    services_.log.info(line("login_timeout").add("message", "nobody has logged in in time"));
    stop(now, session::Cause::setup_timeout);
  }
}

void ControlChannel::reap_calls(Instant now) {
  for (auto call = calls_.begin(); call != calls_.end();) {
    const auto next = std::next(call);
    if (const auto end = call->second->end()) {
      connection_.end_call(call->first, result_of(*end), now);
      forget(call, now);
    }
    call = next;
  }
  drain(now);
}

void ControlChannel::hang_up(Instant now) {
  stopping_ = true;
  for (auto& [id, call] : calls_) {
    // Who isn't through yet hears it from the control connection alone, and nobody waits for him.
    call->connected_since() ? call->hang_up(session::Cause::server_shut_down, now)
                            : call->cleared(session::Cause::server_shut_down, now);
  }
  reap_calls(now);
}

void ControlChannel::stop(Instant now, session::Cause why) {
  for (auto& [id, call] : calls_) call->cleared(why, now);
  reap_calls(now);
  connection_.stop(control::StopReason::local_shutdown, now);
  drain(now);
}

void ControlChannel::drain(Instant now) {
  while (auto output = connection_.next_output()) {
    std::visit(Overloaded{
                   [&](control::SendBytes& send) {
                     output_.insert(output_.end(), send.bytes.begin(), send.bytes.end());
                   },
                   [&](control::Started& peer) { started(peer); },
                   [&](control::CallRequested& request) { call_requested(request, now); },
                   // Whether one was is what accept_call tells.
                   [](control::CallRequestWithdrawn&) {},
                   [&](control::LinkInfoReceived& info) {
                     const auto call = calls_.find(info.call_id);
                     if (call != calls_.end()) call->second->link_info_received(now);
                   },
                   [&](control::CallEnded& ended) {
                     const auto call = calls_.find(ended.call_id);
                     if (call == calls_.end()) return;
                     call->second->cleared(cause_of(ended.why), now);
                     forget(call, now);
                   },
                   [&](control::Closed& closed) { close(closed, now); },
               },
               *output);
  }
}

void ControlChannel::started(const control::Started& started) {
  started_ = true;
  client_.vendor = started.vendor_name;
  client_.firmware = started.firmware_revision;
  services_.log.info(line("control_started")
                         .add("vendor", started.vendor_name)
                         .add("host", started.host_name)
                         .add("firmware", started.firmware_revision));
}

/// Null: none.
const char* ControlChannel::reason_to_refuse() {
  if (stopping_) return "the server is stopping";
  if (calls_without_login_ >= kMostCallsWithoutLogin) {
    return "too many calls on this control connection ended without a login";
  }
  const auto at_login =
      std::ranges::count_if(calls_, [](const auto& call) { return !call.second->got_in(); });
  if (at_login >= kMostCallsAtLogin) {
    return "too many calls without a login are up on this control connection";
  }
  const auto full = [&] {
    return services_.sessions.size() >= services_.config.server.max_sessions;
  };
  if (full()) services_.make_room(id_);
  return full() ? "server.max_sessions calls are up" : nullptr;
}

void ControlChannel::call_requested(const control::CallRequested& request, Instant now) {
  const char* refusal = reason_to_refuse();
  const auto id =
      refusal != nullptr ? std::nullopt : services_.sessions.allocate(services_.environment.random);
  if (!id) {
    refuse(request.request, refusal != nullptr ? refusal : "no call id is free", now);
  } else if (connection_.accept_call(request.request, *id, now)) {
    calls_[*id] = std::make_unique<ServedCall>(
        services_, *id, ServedCall::Outer{id_, request.peer_call_id, peer_, local_, client_}, now);
  } else {
    services_.sessions.release(*id);  // taken back within the same octets
  }
}

void ControlChannel::refuse(control::CallRequestNumber request, const char* why, Instant now) {
  connection_.refuse_call(request, control::OutgoingCallResult::busy, now);
  services_.counters.call_refused();
  if (std::exchange(refusal_logged_, true)) return;
  services_.log.warn(
      line("call_refused").add("reason", why).add("sessions", services_.sessions.size()));
}

bool ControlChannel::anybody_logged_in() const {
  return std::ranges::any_of(calls_, [](const auto& call) { return call.second->got_in(); });
}

void ControlChannel::expect_login(Instant now) {
  login_expected_since_ = now;
  login_timer_.start(now + services_.config.limits.login_timeout);
}

bool ControlChannel::dawdles(Instant now) const {
  return !calls_.empty() && login_timer_.deadline() && now >= login_expected_since_ + kPatience;
}

// Who was logged in is trusted no more than others when that is over: one account would be enough
// to hold connections for ever.
void ControlChannel::forget(std::map<CallId, std::unique_ptr<ServedCall>>::iterator call,
                            Instant now) {
  const bool got_in = call->second->got_in();
  if (!got_in) ++calls_without_login_;
  calls_.erase(call);
  if (!got_in || closed_ || anybody_logged_in()) return;
  expect_login(now);
  services_.logged_out(id_);
}

void ControlChannel::close(const control::Closed& closed, Instant now) {
  for (auto& [id, call] : calls_) call->cleared(session::Cause::control_connection_lost, now);
  calls_.clear();
  closed_ = true;
  login_timer_.stop();
  last_words_.start(now + kLastWords);
  // A connection that closes without a word is a port scan, or a Windows that tries its protocols
  // in turn.
  const bool silent = !started_ && closed.reason == control::CloseReason::peer_closed;
  if (!silent) services_.log.info(line("control_closed").add("reason", closed.sentence));
}

observe::Line ControlChannel::line(std::string_view event) const {
  return std::move(observe::Line(event).add("peer", peer_.to_string()));
}

}  // namespace upptpd::server
