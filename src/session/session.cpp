#include "session/session.hpp"

#include <algorithm>
#include <utility>

#include "session/encryption_keys.hpp"

namespace upptpd::session {
namespace {

/// Without options, which a maximum segment size does not count (RFC 6691).
constexpr int kTcpIpHeaders = 40;

}  // namespace

// What a packet touches of its call.
static_assert(sizeof(DataPath) + sizeof(gre::Tunnel) <= 1024);

Session::Session(Settings settings, Environment environment, Instant now)
    : settings_(std::move(settings)),
      environment_(environment),
      started_(now),
      tunnel_(settings_.peer_call_id),
      link_(settings_.link, environment.library, environment.random, now),
      data_path_(environment.library, environment.cipher) {
  frames_.reserve(gre::ReceiveSequencer::kWindow + 1);
  drain_link(now);
}

void Session::receive(Packet packet, const gre::Header& header, Instant now) {
  if (finished_) return;
  tunnel_.receive(std::move(packet), header, now, frames_, statistics_.drops);
  receive_frames(now);
}

void Session::receive_frames(Instant now) {
  for (Packet& frame : frames_) receive_frame(std::move(frame), now);
  frames_.clear();
  acknowledge_if_due(now);
}

void Session::receive_frame(Packet frame, Instant now) {
  if (finished_) return;
  const auto header = ppp::parse_frame_header(frame->view());
  if (!header) return statistics_.drops.add(DropReason::frame_malformed);
  frame->pop_front(header->size);
  any_frame_received_ = true;
  link_.peer_heard(now);
  if (!ppp::is_network_data(header->protocol)) {
    link_.receive(header->protocol, frame->view(), now);
    return drain_link(now);
  }
  if (!link_.authenticated()) return statistics_.drops.add(DropReason::before_login);
  switch (data_path_.open(*frame, header->protocol, statistics_)) {
    case DataPath::Opened::dropped:
      return consider_missing(now);
    case DataPath::Opened::waiting:
      return environment_.traffic.opened.push_back({std::move(frame), this});
    case DataPath::Opened::clear:
      return pass_on(std::move(frame), header->protocol, now);
  }
}

void Session::pass_on(Packet packet, ppp::Protocol protocol, Instant now) {
  if (finished_) return;
  if (data_path_.arrive(*packet, protocol, statistics_)) {
    environment_.traffic.to_network.push_back(std::move(packet));
  } else if (const auto inform = data_path_.take_inform()) {
    answer(*inform);
  } else {
    consider_missing(now);
    tell_refusal();
  }
}

void Session::consider_missing(Instant now) {
  if (data_path_.keys_are_apart()) {
    hang_up(Cause::encryption_lost, now);
  } else if (data_path_.awaits_flush()) {
    link_.packets_missing(now);
    drain_link(now);
  }
}

void Environment::decrypt_opened(Instant now) const {
  if (traffic.opened.empty()) return;
  cipher->receive.run();
  for (Traffic::Opened& opened : traffic.opened) {
    opened.session->arrived(std::move(opened.packet), now);
  }
  traffic.opened.clear();
}

void Session::answer(const ip::DhcpInform& inform) {
  Packet packet = environment_.pool.take();
  if (!packet) return statistics_.drops.add(DropReason::no_buffer);
  const ip::DhcpAnswer answer = ip::answer_dhcp_inform(inform, *settings_.dhcp);
  if (!packet->assign(answer.packet)) return statistics_.drops.add(DropReason::exceeds_peer_mru);
  send(std::move(packet));
  if (std::exchange(settings_told_, true)) return;
  outputs_.push(Event(SettingsTold{answer.routes, answer.routes_left_out}));
}

void Session::refuse(const DataPath::Refusal& refusal) {
  data_path_.refuse(refusal, statistics_);
  tell_refusal();
}

void Session::tell_refusal() {
  if (const auto refusal = data_path_.take_refusal()) {
    outputs_.push(Event(PacketRefused{refusal->reason, refusal->source, refusal->destination}));
  }
}

void Session::send(Packet packet) {
  if (finished_ || !data_path_.send(*packet, statistics_)) return;
  tunnel_.wrap(*packet);
  transmit(std::move(packet));
}

void Session::link_info_received(Instant now) {
  if (finished_ || std::exchange(link_info_seen_, true)) return;
  link_.peer_came_up(now);
  drain_link(now);
}

void Session::login_verdict(const auth::LoginVerdict& verdict, Instant now) {
  link_.login_verdict(verdict, now);
  drain_link(now);
}

void Session::address_assigned(const ppp::IpAssignment& assignment, Instant now,
                               ClientNetworks networks) {
  networks_ = std::move(networks);
  link_.address_assigned(assignment, now);
  drain_link(now);
}

void Session::address_refused(const std::string& why, Instant now) {
  link_.address_refused(why, now);
  drain_link(now);
}

void Session::hang_up(Cause cause, Instant now, std::string detail) {
  if (finished_) return;
  link_.close(cause, now, std::move(detail));
  drain_link(now);
}

void Session::call_cleared(Cause cause, Instant now) {
  const PppLink::Ended ended = link_.ends_with(cause);
  finish(ended.cause, ended.detail, now);
}

void Session::probe(Instant now) {
  if (finished_) return;
  link_.probe(now);
  drain_link(now);
}

void Session::advance(Instant now) {
  if (finished_) return;
  tunnel_.advance(now, frames_);
  receive_frames(now);
  link_.advance(now);
  drain_link(now);
}

Deadline Session::deadline() const {
  if (finished_) return {};
  return earlier(tunnel_.deadline(), link_.deadline());
}

void Session::drain_link(Instant now) {
  while (!finished_) {
    auto output = link_.next_output();
    if (!output) return;
    std::visit(Overloaded{
                   [&](SendFrame& frame) { send_frame(frame); },
                   [&](PppLink::VerifyLogin& request) { outputs_.push(std::move(request)); },
                   [&](PppLink::AssignAddress& request) { outputs_.push(std::move(request)); },
                   [&](EncryptionUp& up) { encryption_up(up); },
                   [&](FlushEncryption&) { data_path_.flush(); },
                   [&](ControlDropped& dropped) { drop(dropped.reason); },
                   [&](EncryptionDown& down) {
                     data_path_.encryption_down();
                     // The same keys from the beginning would make RC4 use the same key stream
                     // twice.
                     if (down.same_login && data_path_.encryption_used()) {
                       link_.close(Cause::encryption_lost, now);
                     }
                   },
                   [&](NetworkUp& up) { network_up(up, now); },
                   [&](NetworkDown&) {
                     data_path_.network_down();
                     outputs_.push(Event(Disconnected{}));
                   },
                   [&](Event& event) { outputs_.push(std::move(event)); },
                   [&](PppLink::Ended& ended) { finish(ended.cause, ended.detail, now); },
               },
               *output);
  }
}

void Session::encryption_up(const EncryptionUp& up) {
  const mppe::Mode send = mode_of(up.modes.to_peer);
  const mppe::Mode receive = mode_of(up.modes.from_peer);
  // The peer may have its own wish for each direction.
  const mppe::StartKeys keys{start_keys(up.keys, send.strength, role()).send,
                             start_keys(up.keys, receive.strength, role()).receive};
  data_path_.encryption_up(keys, send, receive);
}

void Session::network_up(const NetworkUp& up, Instant now) {
  const ppp::LinkOptions& options = link_.link_options();
  DataPath::Network network{{}, options.peer_mru, options.send_compression, !up.encryption};
  if (settings_.mss_clamp) {
    network.mss = static_cast<std::uint16_t>(std::min(settings_.link.mru, options.peer_mru) -
                                             kEncryptionOverhead - kTcpIpHeaders);
  }
  // What comes from a server may come from anywhere behind it.
  if (role() == mppe::Role::server) {
    network.client = up.assignment.client;
    network.source_filter.emplace(up.assignment.client, networks_.behind);
    network.destination_filter = ip::DestinationFilter(networks_.allowed);
    if (settings_.dhcp) network.dhcp_server = settings_.dhcp->server;
  }
  data_path_.network_up(network);
  connected_ = true;
  outputs_.push(Event(Connected{up.user, up.assignment, now - started_, up.encryption}));
}

void Session::send_frame(const SendFrame& frame) {
  Packet packet = environment_.pool.take();
  if (!packet) return statistics_.drops.add(DropReason::no_buffer);
  if (!packet->assign(frame.packet)) return statistics_.drops.add(DropReason::exceeds_peer_mru);
  // The field's control packets are understood in both forms; short only where the peer asked for
  // it.
  ppp::push_frame_header(*packet, frame.protocol, link_.link_options().send_compression);
  tunnel_.wrap(*packet);
  transmit(std::move(packet));
}

void Session::transmit(Packet frame) {
  frame->peer = settings_.peer;
  frame->local = settings_.local;
  environment_.traffic.to_peer.push_back(std::move(frame));
}

void Session::acknowledge_if_due(Instant now) {
  const auto header = tunnel_.due_acknowledgment(now);
  if (!header) return;
  Packet packet = environment_.pool.take();
  if (!packet) return statistics_.drops.add(DropReason::no_buffer);
  gre::serialise(*header, packet->push_front(header->size()));
  transmit(std::move(packet));
}

void Session::finish(Cause cause, std::string detail, Instant now) {
  if (std::exchange(finished_, true)) return;
  data_path_.network_down();
  data_path_.encryption_down();
  outputs_.push(Event(Finished{cause, std::move(detail), now - started_, connected_,
                               any_frame_received_, statistics_}));
}

}  // namespace upptpd::session
