// The network between both peers: TCP, which arrives in order, and GRE, which does as it likes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "conditions.hpp"
#include "core/bytes.hpp"
#include "dice.hpp"

namespace upptpd::simulation {

enum class Side : std::uint8_t { client, server };
constexpr Side other(Side side) { return side == Side::client ? Side::server : Side::client; }
constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }

struct Arrival {
  enum class Kind : std::uint8_t { tcp, tcp_closed, gre };
  Kind kind = Kind::gre;
  Side to = Side::client;
  Bytes octets;
  /// Names the datagram, of which more than one copy may arrive.
  std::uint64_t datagram = 0;
  bool altered = false;
};

/// What a side sent, for the pcap.
struct Sent {
  Instant when;
  Side from;
  bool gre;
  Bytes octets;
};

class Wire {
 public:
  Wire(const Conditions& conditions, std::uint64_t seed) : conditions_(conditions), dice_(seed) {}

  void send_tcp(Side from, Bytes octets, Instant now);
  void close_tcp(Side from, Instant now);
  void send_gre(Side from, Bytes octets, Instant now);

  /// GRE to this side is lost from now on, until it is opened again.
  void block_gre(Side to, bool blocked) { blocked_[index(to)] = blocked; }
  /// From now on nothing is lost, repeated, delayed or altered.
  void heal();

  [[nodiscard]] Deadline next() const;
  Arrival take();

  [[nodiscard]] bool altered_any() const { return altered_any_; }
  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }

 private:
  void arrive(Instant at, Arrival arrival);
  Instant tcp_arrival(Side from, Instant now);
  void alter(Bytes& octets);

  Conditions conditions_;
  Dice dice_;
  std::multimap<Instant, Arrival> on_their_way_;
  std::array<Instant, 2> last_tcp_{};
  std::array<bool, 2> blocked_{};
  std::uint64_t datagrams_ = 0;
  bool altered_any_ = false;
  std::vector<Sent> sent_;
};

}  // namespace upptpd::simulation
