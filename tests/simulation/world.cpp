#include "world.hpp"

#include <algorithm>

#include "core/writer.hpp"
#include "ip/ipv4_packet.hpp"

namespace upptpd::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const crypto::Library& library() {
  static const crypto::Library loaded = crypto::Library::load().value();
  return loaded;
}

constexpr Ipv4Address kServerOuter(0xcb007101);  // 203.0.113.1
constexpr Ipv4Address kClientOuter(0xc6336402);  // 198.51.100.2
constexpr CallId kClientCall(0x0c11);
constexpr CallId kServerCall(0x5e4e);

/// Traffic and incidents are before this; then the network is good.
constexpr Duration kHeals = seconds(100);
/// By then whoever has lost its peer has noticed: echo every 30 s, four of them unanswered, and the
/// time to end (LCP), or 60 s and 60 s (control connection).
constexpr Duration kSettles = kHeals + seconds(240);
constexpr Duration kEnds = kSettles + seconds(60);
/// For a set-up on a network with little loss, which repeats every 3 s.
constexpr Duration kConnects = seconds(45);
/// Beside the time on the wire, for two sides that answer at once.
constexpr Duration kAtOnce = milliseconds(100);
/// What a session may hold back: the sequencer's window, and scratch.
constexpr std::size_t kMostHeld = 72;
constexpr unsigned long kMostSteps = 200'000;

constexpr std::size_t kIpHeader = 20;
/// In front of the number that names an IP packet.
constexpr std::uint64_t kMark = 0x5570507453696d21;

PureServer::Settings server_settings() {
  PureServer::Settings settings;
  settings.call_id = kServerCall;
  settings.assignment.local = Ipv4Address(0x0a000001);
  settings.assignment.client = Ipv4Address(0x0a000002);
  settings.assignment.dns[0] = Ipv4Address(0x0a000035);
  settings.link.server_name = "gate";
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

/// The number of one of our IP packets; none if it is not one.
std::optional<std::uint64_t> number_of(View packet) {
  if (packet.size() < kIpHeader + 16) return {};
  std::uint64_t mark = 0;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    mark = mark << 8 | packet[kIpHeader + i];
    number = number << 8 | packet[kIpHeader + 8 + i];
  }
  if (mark != kMark) return {};
  return number;
}

}  // namespace

World::World(std::uint64_t seed)
    : seed_(seed),
      conditions_(conditions_of(seed)),
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
  Bytes packet(script_dice_.between(kIpHeader + 16, 1396));
  script_dice_.fill(packet);
  Writer writer(packet);
  writer.u32(0x45000000 | static_cast<std::uint32_t>(packet.size()));
  writer.zeros(4);
  writer.u32(0x40110000);
  writer.u32(to_server ? 0x0a000002 : 0x0a000001);
  writer.u32(to_server ? 0x0a000001 : 0x0a000002);
  writer.u32(static_cast<std::uint32_t>(kMark >> 32));
  writer.u32(static_cast<std::uint32_t>(kMark));
  writer.u32(static_cast<std::uint32_t>(number >> 32));
  writer.u32(static_cast<std::uint32_t>(number));
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

template <class Kind>
const Kind* World::last(const std::vector<session::Event>& events) {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (const auto* found = std::get_if<Kind>(&*event)) return found;
  }
  return nullptr;
}

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

// --- The invariants ---

void World::check_timers(Side side) const {
  const Deadline next = side == Side::client ? client_->deadline() : server_.deadline();
  require(!next || *next > now_, "a timer that has run out makes no progress");
}

void World::check_queues() const {
  require(pool_.capacity() - pool_.available() <= kMostHeld, "the client's queues grow");
  require(server_.packets_held() <= kMostHeld, "the server's queues grow");
}

void World::check_agreement() const {
  if (!both_established()) return;
  const auto* ours = last<session::Connected>(server_.progress().events);
  const auto* theirs = last<session::Connected>(client_events_);
  require(ours->user == "bob" && theirs->user == "LAB\\bob", "the users are not those who are");
  require(ours->assignment.client == theirs->assignment.client &&
              ours->assignment.local == theirs->assignment.local &&
              ours->assignment.dns[0] == theirs->assignment.dns[0],
          "both sides agreed on different addresses");
  const auto* our_link = last<session::LinkEstablished>(server_.progress().events);
  const auto* their_link = last<session::LinkEstablished>(client_events_);
  // Each may have given up its own MRU for the default.
  for (const auto* link : {our_link, their_link}) {
    require(link->peer_mru == 1400 || link->peer_mru == 1500, "an MRU that nobody asked for");
  }
}

// Nothing but LCP, CHAP and the NCPs goes in the clear, and the latter only before the end.
void World::check_frame(View packet, Side from) const {
  const auto header = gre::parse(packet);
  require(header.has_value(), "a side sends what is not GRE");
  const bool ours = header->call_id == (from == Side::client ? kServerCall : kClientCall).value();
  require(ours, "a side sends with another call's id");
  if (!header->sequence) return;
  const auto frame = ppp::parse_frame_header(packet.subspan(header->size()));
  require(frame.has_value(), "a side sends what is not PPP");
  if (!ppp::is_network_data(frame->protocol)) return;
  require(frame->protocol == ppp::Protocol::compressed, "plain network data on the wire");
  constexpr std::uint8_t kMarkOctets[] = {0x55, 0x70, 0x50, 0x74, 0x53, 0x69, 0x6d, 0x21};
  require(std::ranges::search(packet, kMarkOctets).empty(), "a plain IP packet on the wire");
}

// A copy of what has arrived already is dropped, and counted.
void World::check_repeated(const Arrival& arrival, std::uint64_t drops_before) {
  if (arrival.altered) return;
  const bool had_session = arrival.to == Side::client
                               ? client_->session() != nullptr && !client_finished_
                               : !server_.progress().events.empty() || server_.deadline();
  const auto header = gre::parse(arrival.octets);
  if (!had_session || !header || !header->sequence || ended(arrival.to)) return;
  const bool first = seen_datagrams_[index(arrival.to)].insert(arrival.datagram).second;
  if (first || wire_.altered_any()) return;
  require(sequence_drops(arrival.to) > drops_before, "a datagram was taken twice");
}

void World::check_delivered(View packet, Side to) {
  require(!ended(to), "a packet is delivered after the end");
  const auto number = number_of(packet);
  const auto sent = number ? sent_packets_.find(*number) : sent_packets_.end();
  if (sent == sent_packets_.end() || !std::ranges::equal(sent->second, packet)) {
    ++strangers_;
    // Nothing in PPTP protects a packet from being altered on the way.
    return require(wire_.altered_any(), "a packet is delivered that nobody sent");
  }
  require(delivered_.insert(*number).second, "a packet is delivered twice");
}

void World::check_connected_in_time() {
  const bool undisturbed =
      conditions_.incident == Incident::none ||
      (conditions_.incident != Incident::wrong_password && conditions_.incident_at > kConnects);
  const bool good = conditions_.loss <= 30'000 && conditions_.corruption == 0 &&
                    conditions_.mtu >= 1500 && conditions_.jitter <= milliseconds(5);
  if (undisturbed && good) require(connected_at_.has_value(), "not connected in time");
  if (!undisturbed || !conditions_.clean()) return;
  const Duration took = *connected_at_ - Instant{};
  require(took < 16 * conditions_.latency + kAtOnce,
          "a set-up without loss took longer than its round trips");
}

void World::check_ended_in_time() {
  if (conditions_.clean() && !hung_up_at_) {
    require(std::ranges::includes(delivered_, must_arrive_) || dead_[0] || dead_[1] ||
                conditions_.incident != Incident::none,
            "a packet was lost without loss");
  }
  const bool good_network = healed_ && hung_up_at_ && *hung_up_at_ > Instant{} + kHeals;
  if (!hung_up_at_ || !connected_at_ || *connected_at_ > *hung_up_at_) return;
  if (!good_network && !conditions_.clean()) return;
  require(both_ended_at_ && *both_ended_at_ - *hung_up_at_ <= 6 * conditions_.latency + kAtOnce,
          "an orderly hang-up on a good network took longer than its round trips");
}

}  // namespace upptpd::simulation
