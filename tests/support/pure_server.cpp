#include "support/pure_server.hpp"

#include <utility>

namespace upptpd {
namespace {

/// More than are ever on their way at once.
constexpr std::size_t kBuffers = 256;

}  // namespace

PureServer::PureServer(Settings settings, const crypto::Library& library, RandomSource& random,
                       const auth::SecretsFile& users, Instant now)
    : settings_(std::move(settings)),
      library_(library),
      random_(random),
      users_(users),
      verifier_(library, settings_.rules),
      pool_(kBuffers),
      control_({}, now) {}

void PureServer::receive_control(View octets, Instant now) {
  control_.receive(octets, now);
  drain(now);
}

void PureServer::control_closed(Instant now) {
  control_.peer_closed(now);
  drain(now);
}

void PureServer::receive_gre(View octets, Instant now) {
  const auto header = gre::parse(octets);
  Packet packet = pool_.take();
  if (!header || !session_ || header->call_id != settings_.call_id.value() || !packet) return;
  if (!packet->assign(octets)) return;
  session_->receive(std::move(packet), *header, now);
  drain(now);
}

void PureServer::send(View contents, Instant now) {
  Packet packet = pool_.take();
  if (!session_ || !packet || !packet->assign(contents)) return;
  session_->send(std::move(packet));
  drain(now);
}

void PureServer::hang_up(session::Cause cause, Instant now) {
  if (session_) session_->hang_up(cause, now);
  drain(now);
}

void PureServer::advance(Instant now) {
  control_.advance(now);
  if (session_) session_->advance(now);
  drain(now);
}

Deadline PureServer::deadline() const {
  return earlier(control_.deadline(), session_ ? session_->deadline() : Deadline());
}

// The session's end has a message of the control connection's.
void PureServer::drain(Instant now) {
  drain_control(now);
  drain_session(now);
  drain_control(now);
  drain_traffic();
  if (session_) progress_.statistics = session_->statistics();
}

void PureServer::drain_control(Instant now) {
  while (auto output = control_.next_output()) {
    std::visit(
        Overloaded{
            [&](control::SendBytes& send) { outputs_.push(SendControl{std::move(send.bytes)}); },
            [&](const control::Started& peer) {
              client_.vendor = peer.vendor_name;
              client_.firmware = peer.firmware_revision;
            },
            [&](const control::CallRequested& request) { start_session(request, now); },
            [&](const control::LinkInfoReceived&) {
              if (session_) session_->link_info_received(now);
            },
            [&](const control::CallEnded& ended) {
              const bool lost = ended.why == control::CallEndReason::peer_closed ||
                                ended.why == control::CallEndReason::echo_timeout ||
                                ended.why == control::CallEndReason::protocol_error;
              end_session(
                  lost ? session::Cause::control_connection_lost : session::Cause::peer_hung_up,
                  now);
            },
            [&](const control::Closed&) {
              end_session(session::Cause::control_connection_lost, now);
              closed_ = true;
              outputs_.push(Close{});
            },
            [](const auto&) {},
        },
        *output);
  }
}

void PureServer::start_session(const control::CallRequested& request, Instant now) {
  if (session_) {
    return control_.refuse_call(request.request, control::OutgoingCallResult::busy, now);
  }
  if (!control_.accept_call(request.request, settings_.call_id, now)) return;
  session::Session::Settings settings;
  settings.link = settings_.link;
  settings.link.methods = verifier_.methods_worth_asking(users_);
  settings.link.encryption = settings_.rules.encryption;
  settings.link.client = client_;
  settings.peer_call_id = request.peer_call_id;
  session_.emplace(std::move(settings), session::Environment{library_, random_, pool_, traffic_},
                   now);
}

void PureServer::end_session(session::Cause cause, Instant now) {
  if (session_) session_->call_cleared(cause, now);
}

void PureServer::drain_session(Instant now) {
  while (session_) {
    auto output = session_->next_output();
    if (!output) return;
    std::visit(
        Overloaded{
            [&](const session::Session::VerifyLogin& verify) {
              progress_.verdict = verifier_.verify(verify.request, users_, settings_.local_time);
              if (const auto* login = std::get_if<auth::LoginAccepted>(&*progress_.verdict)) {
                progress_.new_password = login->new_password;
              }
              session_->login_verdict(*progress_.verdict, now);
            },
            [&](const session::Session::AssignAddress&) {
              session_->address_assigned(settings_.assignment, now);
            },
            [&](session::Event& event) { take_event(std::move(event), now); },
        },
        *output);
  }
}

void PureServer::take_event(session::Event event, Instant now) {
  check(!progress_.finished);
  if (std::holds_alternative<session::Connected>(event)) progress_.connected = now;
  if (const auto* finished = std::get_if<session::Finished>(&event)) {
    progress_.finished = *finished;
    control_.end_call(settings_.call_id, control::CallDisconnectResult::lost_carrier, now);
  }
  progress_.events.push_back(std::move(event));
}

void PureServer::drain_traffic() {
  for (const Packet& packet : traffic_.to_peer) {
    const View octets = std::as_const(*packet).view();
    outputs_.push(SendGre{Bytes(octets.begin(), octets.end())});
  }
  for (const Packet& packet : traffic_.to_network) {
    const View octets = std::as_const(*packet).view();
    progress_.delivered.emplace_back(octets.begin(), octets.end());
  }
  traffic_.to_peer.clear();
  traffic_.to_network.clear();
}

}  // namespace upptpd
