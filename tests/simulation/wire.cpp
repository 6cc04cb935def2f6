#include "wire.hpp"

#include <algorithm>
#include <utility>

namespace upptpd::simulation {

void Wire::send_tcp(Side from, Bytes octets, Instant now) {
  sent_.push_back({now, from, false, octets});
  // Cut anywhere: a stream knows no messages.
  while (!octets.empty()) {
    const auto size = dice_.chance(100'000) ? dice_.between(1, octets.size()) : octets.size();
    const auto cut = octets.begin() + static_cast<std::ptrdiff_t>(size);
    arrive(tcp_arrival(from, now),
           {Arrival::Kind::tcp, other(from), Bytes(octets.begin(), cut), 0, false});
    octets.erase(octets.begin(), cut);
  }
}

void Wire::close_tcp(Side from, Instant now) {
  arrive(tcp_arrival(from, now), {Arrival::Kind::tcp_closed, other(from), {}, 0, false});
}

// What is lost comes again, later, and holds up what is behind it.
Instant Wire::tcp_arrival(Side from, Instant now) {
  Duration takes = conditions_.latency;
  while (dice_.chance(conditions_.loss))
    takes += std::chrono::milliseconds(dice_.between(200, 600));
  Instant& last = last_tcp_[index(from)];
  last = std::max(last, now + takes);
  return last;
}

void Wire::send_gre(Side from, Bytes octets, Instant now) {
  sent_.push_back({now, from, true, octets});
  constexpr std::size_t kIpHeader = 20;
  if (octets.size() + kIpHeader > conditions_.mtu || blocked_[index(other(from))]) return;
  const std::uint64_t datagram = ++datagrams_;
  const int copies = dice_.chance(conditions_.duplication) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    if (dice_.chance(conditions_.loss)) continue;
    const auto most = std::chrono::duration_cast<std::chrono::microseconds>(conditions_.jitter);
    const Duration extra =
        std::chrono::microseconds(dice_.between(0, static_cast<std::uint64_t>(most.count())));
    Arrival arrival{Arrival::Kind::gre, other(from), octets, datagram, false};
    if (dice_.chance(conditions_.corruption)) {
      alter(arrival.octets);
      arrival.altered = altered_any_ = true;
    }
    arrive(now + conditions_.latency + extra, std::move(arrival));
  }
}

void Wire::alter(Bytes& octets) {
  const auto bit = dice_.between(0, 8 * octets.size() - 1);
  octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] ^ 1U << bit % 8);
}

void Wire::heal() {
  const Duration latency = conditions_.latency;
  conditions_ = {};
  conditions_.latency = latency;
}

Deadline Wire::next() const {
  if (on_their_way_.empty()) return {};
  return on_their_way_.begin()->first;
}

Arrival Wire::take() {
  Arrival first = std::move(on_their_way_.begin()->second);
  on_their_way_.erase(on_their_way_.begin());
  return first;
}

void Wire::arrive(Instant at, Arrival arrival) { on_their_way_.emplace(at, std::move(arrival)); }

}  // namespace upptpd::simulation
