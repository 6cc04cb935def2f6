// Server and client, machine to machine over a seeded network in virtual time, and what must hold
// at every moment.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/dialed_call.hpp"
#include "support/pure_server.hpp"
#include "wire.hpp"

namespace upptpd::simulation {

inline constexpr CallId kClientCall{0x0c11};
inline constexpr CallId kServerCall{0x5e4e};

class World {
 public:
  explicit World(std::uint64_t seed);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Runs to the end. What did not hold, if anything.
  std::optional<std::string> run();

  [[nodiscard]] bool was_connected() const { return connected_at_.has_value(); }
  [[nodiscard]] std::size_t packets_delivered() const { return delivered_.size(); }
  [[nodiscard]] const Conditions& conditions() const { return conditions_; }
  [[nodiscard]] const std::vector<Sent>& sent() const { return wire_.sent(); }

 private:
  struct Broken {
    std::string what;
  };
  /// Throws Broken, which `run` catches.
  void require(bool holds, const std::string& what) const;

  void plan();
  void at(Duration time, void (World::*what)());
  void step();
  void deliver(const Arrival& arrival);
  void advance(Side side);
  void collect();
  void collect_client();
  void collect_server();

  // The script.
  void exchange_packets();
  void incident();
  void heal();
  void settled();
  void probe_both_ways();
  void hang_up_at_last();
  void over();

  // The invariants (invariants.cpp).
  void check_timers(Side side) const;
  void check_queues() const;
  void check_agreement() const;
  void check_frame(View packet, Side from) const;
  void check_repeated(const Arrival& arrival, std::uint64_t drops_before);
  void check_delivered(View packet, Side to);
  void check_connected_in_time();
  void check_ended_in_time();

  void note_client_event(const session::Event& event);
  void send_packet(Side from);
  [[nodiscard]] bool established(Side side) const;
  [[nodiscard]] bool both_established() const {
    return established(Side::client) && established(Side::server);
  }
  [[nodiscard]] bool ended(Side side) const;
  [[nodiscard]] std::uint64_t sequence_drops(Side side) const;
  /// The last event of a kind; null if there is none.
  template <class Kind>
  static const Kind* last(const std::vector<session::Event>& events) {
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (const auto* found = std::get_if<Kind>(&*event)) return found;
    }
    return nullptr;
  }

  Conditions conditions_;
  Wire wire_;
  Dice client_dice_;
  Dice server_dice_;
  Dice script_dice_;
  PacketPool pool_;
  session::Traffic traffic_;
  auth::SecretsFile users_;
  Instant now_;
  PureServer server_;
  std::optional<client::DialedCall> client_;

  std::multimap<Instant, void (World::*)()> agenda_;
  std::vector<session::Event> client_events_;
  std::optional<Instant> connected_at_;
  std::optional<Instant> hung_up_at_;
  std::optional<Instant> both_ended_at_;
  bool client_finished_ = false;
  std::array<bool, 2> dead_{};
  std::array<bool, 2> tcp_closed_{};
  std::array<std::set<std::uint64_t>, 2> seen_datagrams_;
  std::map<std::uint64_t, Bytes> sent_packets_;
  std::set<std::uint64_t> delivered_;
  std::set<std::uint64_t> must_arrive_;
  std::size_t server_delivered_ = 0;
  unsigned long steps_ = 0;
  bool healed_ = false;
  bool over_ = false;
};

}  // namespace upptpd::simulation
