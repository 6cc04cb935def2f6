// What must hold at every moment of a simulated run.
#include <algorithm>

#include "numbered_packet.hpp"
#include "timetable.hpp"
#include "world.hpp"

namespace upptpd::simulation {
namespace {

using std::chrono::milliseconds;

/// What a session may hold back: the sequencer's window, and scratch.
constexpr std::size_t kMostHeld = 72;

}  // namespace

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
  // PPP in GRE has no frame check sequence: an option that was altered on its way may be rejected,
  // or taken.
  require(wire_.altered_any() || (ours->assignment.client == theirs->assignment.client &&
                                  ours->assignment.local == theirs->assignment.local &&
                                  ours->assignment.dns[0] == theirs->assignment.dns[0]),
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
  // Not the one of std::ranges: clang 14 trips over its subrange.
  const auto mark = std::search(packet.begin(), packet.end(), kMark.begin(), kMark.end());
  require(mark == packet.end(), "a plain IP packet on the wire");
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
