#include "our_server.hpp"

#include <algorithm>

#include "core/writer.hpp"

namespace upptpd::replay {
namespace {

constexpr std::string_view kName = "replay";
/// More than are ever on their way at once.
constexpr std::size_t kBuffers = 256;

}  // namespace

void RecordedRandomness::fill(MutableView out) {
  Writer writer(out);
  if (challenge_ && out.size() == challenge_->size()) {
    writer.bytes(*challenge_);
    challenge_.reset();
  } else if (magic_ && out.size() == sizeof(*magic_)) {
    writer.u32(*magic_);
    magic_.reset();
  } else {
    const std::uint32_t number = counter_++;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(number >> 8 * (i % 4));
    }
  }
}

OurServer::OurServer(const crypto::Library& library, const Recording& recording,
                     const auth::SecretsFile& users, Instant now)
    : library_(library),
      users_(users),
      call_id_(recording.server_call_id),
      assignment_(find_assignment(recording)),
      random_(find_login(recording).challenge, find_magic(recording)),
      verifier_(library, std::string(kName), /*strip_domain=*/true),
      pool_(kBuffers),
      control_({}, now) {}

void OurServer::receive_control(View octets, Instant now) {
  control_.receive(octets, now);
  drain(now);
}

void OurServer::receive_gre(View octets, Instant now) {
  const auto header = gre::parse(octets);
  Packet packet = pool_.take();
  if (!header || !session_ || header->call_id != call_id_.value() || !packet) return;
  if (!packet->assign(octets)) return;
  session_->receive(std::move(packet), *header, now);
  drain(now);
}

void OurServer::advance(Instant now) {
  control_.advance(now);
  if (session_) session_->advance(now);
  drain(now);
}

Deadline OurServer::deadline() const {
  return earlier(control_.deadline(), session_ ? session_->deadline() : Deadline());
}

void OurServer::drain(Instant now) {
  drain_control(now);
  drain_session(now);
  drain_traffic();
  if (session_) progress_.statistics = session_->statistics();
}

void OurServer::drain_control(Instant now) {
  while (auto output = control_.next_output()) {
    std::visit(
        Overloaded{
            [&](control::SendBytes& send) { outputs_.push(SendControl{std::move(send.bytes)}); },
            [&](const control::CallRequested& request) { start_session(request, now); },
            [&](const control::LinkInfoReceived&) {
              if (session_) session_->link_info_received(now);
            },
            [&](const control::CallEnded&) {
              if (session_) session_->call_cleared(session::Cause::peer_hung_up, now);
            },
            [&](const control::Closed&) {
              if (session_) {
                session_->call_cleared(session::Cause::control_connection_lost, now);
              }
            },
            [](const auto&) {},
        },
        *output);
  }
}

void OurServer::start_session(const control::CallRequested& request, Instant now) {
  if (session_) {
    return control_.refuse_call(request.request, control::OutgoingCallResult::busy, now);
  }
  if (!control_.accept_call(request.request, call_id_, now)) return;
  session::Session::Settings settings;
  settings.link.server_name = kName;
  settings.peer_call_id = request.peer_call_id;
  session_.emplace(std::move(settings), session::Environment{library_, random_, pool_, traffic_},
                   now);
}

void OurServer::drain_session(Instant now) {
  while (session_) {
    auto output = session_->next_output();
    if (!output) return;
    std::visit(Overloaded{
                   [&](const session::Session::VerifyLogin& verify) {
                     progress_.verdict = verifier_.verify(verify.request, users_);
                     session_->login_verdict(*progress_.verdict, now);
                   },
                   [&](const session::Session::AssignAddress&) {
                     session_->address_assigned(assignment_, now);
                   },
                   [&](const session::Event& event) { take_event(event, now); },
               },
               *output);
  }
}

void OurServer::take_event(const session::Event& event, Instant now) {
  if (std::holds_alternative<session::Connected>(event)) progress_.connected = now;
  if (const auto* finished = std::get_if<session::Finished>(&event)) {
    progress_.finished = *finished;
  }
}

void OurServer::drain_traffic() {
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

}  // namespace upptpd::replay
