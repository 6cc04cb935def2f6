#include "world.hpp"

#include <algorithm>

#include "numbered_packet.hpp"
#include "support/crypto_library.hpp"
#include "timetable.hpp"

namespace upptpd::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Ipv4Address kServerOuter(0xcb007101);  // 203.0.113.1
constexpr Ipv4Address kClientOuter(0xc6336402);  // 198.51.100.2
constexpr Ipv4Address kServerInner(0x0a000001);  // 10.0.0.1
constexpr Ipv4Address kClientInner(0x0a000002);

constexpr unsigned long kMostSteps = 200'000;

PureServer::Settings server_settings() {
  PureServer::Settings settings;
  settings.call_id = kServerCall;
  settings.assignment.local = kServerInner;
  settings.assignment.client = kClientInner;
  settings.assignment.dns[0] = Ipv4Address(0x0a000035);
  settings.link.server_name = "gate";
  settings.rules.server_name = "gate";
  settings.link.mru = 1400;
  return settings;
}

client::DialedCall::Settings client_settings(bool right_password) {
  client::DialedCall::Settings settings;
  settings.control.call_id = kClientCall;
  settings.link.mru = 1400;
  settings.link.log_in_as =
      auth::Credentials{"LAB\\bob", SecretString(right_password ? "secret" : "guess")};
  settings.server = kServerOuter;
  settings.local = kClientOuter;
  return settings;
}

}  // namespace

World::World(std::uint64_t seed)
    : conditions_(conditions_of(seed)),
      wire_(conditions_, seed ^ 0x77697265),
      client_dice_(seed ^ 0x636c69656e74),
      server_dice_(seed ^ 0x736572766572),
      script_dice_(seed ^ 0x736372697074),
      pool_(256),
      users_(auth::SecretsFile::parse("bob * secret *\n")),
      server_(server_settings(), library(), server_dice_, users_, now_) {
  plan();
}

void World::require(bool holds, const std::string& what) const {
  if (!holds) throw Broken{what};
}

std::optional<std::string> World::run() {
  try {
    client_.emplace(client_settings(conditions_.incident != Incident::wrong_password),
                    session::Environment{library(), client_dice_, pool_, traffic_}, now_);
    collect();
    while (!over_) step();
    return {};
  } catch (const Broken& broken) {
    const auto when = std::chrono::duration_cast<milliseconds>(now_ - Instant{}).count();
    return "after " + std::to_string(when) + " ms: " + broken.what;
  }
}

// --- The script ---

void World::plan() {
  at(conditions_.incident_at, &World::incident);
  for (unsigned packet = 0; packet < conditions_.packets; ++packet) {
    at(milliseconds(script_dice_.between(0, 90'000)), &World::exchange_packets);
  }
  at(kConnects, &World::check_connected_in_time);
  at(kHeals, &World::heal);
  at(kSettles, &World::settled);
  at(kEnds, &World::over);
}

void World::at(Duration time, void (World::*what)()) { agenda_.emplace(Instant{} + time, what); }

void World::exchange_packets() {
  send_packet(Side::client);
  send_packet(Side::server);
}

void World::incident() {
  switch (conditions_.incident) {
    case Incident::none:
    case Incident::wrong_password:
      return;
    case Incident::client_hangs_up:
      hung_up_at_ = now_;
      return client_->hang_up(now_);
    case Incident::server_hangs_up:
      hung_up_at_ = now_;
      return server_.hang_up(session::Cause::kicked, now_);
    case Incident::client_dies:
      dead_[index(Side::client)] = true;
      return;
    case Incident::server_dies:
      dead_[index(Side::server)] = true;
      return;
    case Incident::tcp_breaks:
      wire_.close_tcp(Side::client, now_);
      wire_.close_tcp(Side::server, now_);
      tcp_closed_ = {true, true};
      return;
    case Incident::gre_blocked_to_server:
      return wire_.block_gre(Side::server, true);
    case Incident::gre_blocked_to_client:
      return wire_.block_gre(Side::client, true);
    case Incident::gre_pauses:
      wire_.block_gre(Side::server, true);
      return wire_.block_gre(Side::client, true);
  }
}

void World::heal() {
  wire_.heal();
  if (conditions_.incident == Incident::gre_pauses) {
    wire_.block_gre(Side::server, false);
    wire_.block_gre(Side::client, false);
  }
  healed_ = true;
}

// By now nobody may wait for somebody who is not there.
void World::settled() {
  for (const Side side : {Side::client, Side::server}) {
    const bool alone = dead_[index(other(side))] || conditions_.incident == Incident::tcp_breaks;
    if (!dead_[index(side)] && alone) {
      require(ended(side), "a side that has lost its peer has not noticed");
    }
  }
  const bool somebody_died = dead_[0] || dead_[1];
  require(somebody_died || both_established() || (ended(Side::client) && ended(Side::server)),
          "the link is half-open: one side is up and the other is not");
  if (!both_established()) return;
  const bool blocked = conditions_.incident == Incident::gre_blocked_to_server ||
                       conditions_.incident == Incident::gre_blocked_to_client;
  require(!blocked, "a link without GRE has not been noticed");
  must_arrive_.clear();
  // A count that was altered on the way takes the keys ahead, for up to 3,840 packets.
  if (!wire_.altered_any()) probe_both_ways();
  at(kSettles + seconds(2), &World::hang_up_at_last);
}

void World::probe_both_ways() {
  send_packet(Side::client);
  send_packet(Side::server);
  require(must_arrive_.size() == 2, "an established link takes no packets");
}

void World::hang_up_at_last() {
  require(both_established(), "an established link ended on a good network");
  require(std::ranges::includes(delivered_, must_arrive_),
          "an established link carries no packets");
  must_arrive_.clear();
  hung_up_at_ = now_;
  script_dice_.chance(500'000) ? client_->hang_up(now_)
                               : server_.hang_up(session::Cause::kicked, now_);
}

void World::over() {
  require(dead_[0] || ended(Side::client), "the client is not finished at the end");
  require(dead_[1] || ended(Side::server), "the server is not finished at the end");
  require(dead_[0] || dead_[1] || (client_->closed() && server_.closed()),
          "a control connection is still there at the end");
  check_ended_in_time();
  over_ = true;
}

void World::send_packet(Side from) {
  const std::uint64_t number = sent_packets_.size() + 1;
  const bool to_server = from == Side::client;
  const Ipv4Address source = to_server ? kClientInner : kServerInner;
  const Ipv4Address destination = to_server ? kServerInner : kClientInner;
  const Bytes packet = numbered_packet(number, source, destination, script_dice_);
  if (dead_[index(from)]) return;
  sent_packets_[number] = packet;
  if (both_established()) must_arrive_.insert(number);
  if (!to_server) return server_.send(packet, now_);
  Packet buffer = pool_.take();
  require(buffer && buffer->assign(packet), "the client has no packet buffer left");
  client_->send(std::move(buffer));
}

// --- One step ---

void World::step() {
  require(++steps_ < kMostSteps, "it never rests");
  Deadline next = earlier(agenda_.begin()->first, wire_.next());
  if (!dead_[index(Side::client)]) next = earlier(next, client_->deadline());
  if (!dead_[index(Side::server)]) next = earlier(next, server_.deadline());
  now_ = std::max(now_, *next);
  const Deadline arrival = wire_.next();
  if (arrival && *arrival <= now_) {
    deliver(wire_.take());
  } else if (agenda_.begin()->first <= now_) {
    const auto what = agenda_.begin()->second;
    agenda_.erase(agenda_.begin());
    (this->*what)();
  } else {
    advance(Side::client);
    advance(Side::server);
  }
  collect();
  check_queues();
  check_agreement();
}

void World::advance(Side side) {
  if (dead_[index(side)]) return;
  side == Side::client ? client_->advance(now_) : server_.advance(now_);
  check_timers(side);
}

void World::deliver(const Arrival& arrival) {
  if (dead_[index(arrival.to)]) return;
  const bool to_client = arrival.to == Side::client;
  switch (arrival.kind) {
    case Arrival::Kind::tcp:
      if (tcp_closed_[index(arrival.to)]) return;
      to_client ? client_->receive(arrival.octets, now_)
                : server_.receive_control(arrival.octets, now_);
      return;
    case Arrival::Kind::tcp_closed:
      to_client ? client_->peer_closed(now_) : server_.control_closed(now_);
      return;
    case Arrival::Kind::gre:
      break;
  }
  const std::uint64_t drops_before = sequence_drops(arrival.to);
  if (!to_client) {
    server_.receive_gre(arrival.octets, now_);
  } else {
    Packet packet = pool_.take();
    require(packet && packet->assign(arrival.octets), "the client has no packet buffer left");
    packet->peer = kServerOuter;
    client_->receive(std::move(packet), now_);
  }
  check_repeated(arrival, drops_before);
}

void World::collect() {
  collect_client();
  collect_server();
  const bool gone = ended(Side::client) && ended(Side::server);
  if (gone && !both_ended_at_) both_ended_at_ = now_;
  if (!connected_at_ && both_established()) connected_at_ = now_;
}

void World::collect_client() {
  const bool dead = dead_[index(Side::client)];
  while (auto output = client_->next_output()) {
    if (const auto* send = std::get_if<control::SendBytes>(&*output)) {
      if (!dead && !tcp_closed_[index(Side::client)]) {
        wire_.send_tcp(Side::client, send->bytes, now_);
      }
    } else if (const auto* event = std::get_if<session::Event>(&*output)) {
      note_client_event(*event);
    } else if (std::holds_alternative<control::Closed>(*output)) {
      if (!std::exchange(tcp_closed_[index(Side::client)], true)) {
        wire_.close_tcp(Side::client, now_);
      }
    }
  }
  for (const Packet& packet : traffic_.to_peer) {
    const View octets = std::as_const(*packet).view();
    check_frame(octets, Side::client);
    if (!dead) wire_.send_gre(Side::client, Bytes(octets.begin(), octets.end()), now_);
  }
  for (const Packet& packet : traffic_.to_network) {
    check_delivered(std::as_const(*packet).view(), Side::client);
  }
  traffic_.to_peer.clear();
  traffic_.to_network.clear();
}

void World::collect_server() {
  const bool dead = dead_[index(Side::server)];
  while (auto output = server_.next_output()) {
    std::visit(Overloaded{
                   [&](PureServer::SendControl& send) {
                     if (dead || tcp_closed_[index(Side::server)]) return;
                     wire_.send_tcp(Side::server, std::move(send.message), now_);
                   },
                   [&](PureServer::SendGre& send) {
                     check_frame(send.packet, Side::server);
                     if (!dead) wire_.send_gre(Side::server, std::move(send.packet), now_);
                   },
                   [&](PureServer::Close&) {
                     if (!std::exchange(tcp_closed_[index(Side::server)], true)) {
                       wire_.close_tcp(Side::server, now_);
                     }
                   },
               },
               *output);
  }
  const auto& delivered = server_.progress().delivered;
  for (; server_delivered_ < delivered.size(); ++server_delivered_) {
    check_delivered(delivered[server_delivered_], Side::server);
  }
}

void World::note_client_event(const session::Event& event) {
  require(!client_finished_, "the client's session says something after Finished");
  client_finished_ = std::holds_alternative<session::Finished>(event);
  client_events_.push_back(event);
}

// --- What each side says ---

bool World::established(Side side) const {
  const auto& events = side == Side::client ? client_events_ : server_.progress().events;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (std::holds_alternative<session::Connected>(*event)) return !dead_[index(side)];
    if (std::holds_alternative<session::Disconnected>(*event)) return false;
    if (std::holds_alternative<session::Finished>(*event)) return false;
  }
  return false;
}

bool World::ended(Side side) const {
  if (side == Side::client)
    return client_->session() == nullptr ? client_->closed() : client_finished_;
  return server_.progress().events.empty() ? server_.closed()
                                           : server_.progress().finished.has_value();
}

std::uint64_t World::sequence_drops(Side side) const {
  const DropCounters& drops =
      side == Side::client ? client_->statistics().drops : server_.progress().statistics.drops;
  return drops[DropReason::gre_duplicate] + drops[DropReason::gre_late];
}

}  // namespace upptpd::simulation
