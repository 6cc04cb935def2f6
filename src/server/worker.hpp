// The event loop: sockets, the TUN and the timer wake it; what is ready is drained in batches; then
// everything that came of it goes out. One thread, and a call lives on it from its first SYN to its
// end.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/busy_rounds.hpp"
#include "net/clock.hpp"
#include "net/gre_socket.hpp"
#include "net/system_random.hpp"
#include "server/admin_commands.hpp"
#include "server/admission.hpp"
#include "server/connection.hpp"
#include "server/deadline_queue.hpp"
#include "tun/packet_io.hpp"

namespace upptpd::server {

/// What the worker was given by the start: opened, and checked to be there.
struct Resources {
  std::vector<asio::ip::tcp::acceptor> acceptors;
  net::GreSocket gre;
  tun::TunDevice tun;
  tun::Netlink netlink;
  ProxyArp::Sources arp;
  SecretsStore secrets;
  StartHook start_hook;
  StorePassword store_password;
};

class Worker {
 public:
  /// Control connections at a time, with or without calls.
  static constexpr std::size_t kConnectionsPerSession = 2;
  /// Between two looks at whether the hooks have ended, then.
  static constexpr Duration kHookCheck = std::chrono::milliseconds(20);

  Worker(asio::io_context& context, config::Config config, const crypto::Library& library,
         observe::Log& log, Resources resources);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Begins to serve.
  void start();
  /// Tells every client, then stops the loop. A second call stops it at once.
  void drain();

  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] const auth::SecretsFile& users() const { return resources_.secrets.loaded(); }
  /// What of the configuration does not fit this host, if anything.
  [[nodiscard]] Result<void> fits(const config::Config& config) const;
  /// Goes on with these. Sessions stay as they are. Of what was opened at start, such as the
  /// interface, the configuration must say the same as before (config::adapt).
  void reconfigure(config::Config config, SecretsStore secrets);

  /// Tells every client, and ends with that failure.
  void give_up(std::string why);

  /// Why the worker ended by itself; empty after `drain`.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] std::vector<admin::SessionRow> sessions() const;
  /// Ends sessions in good order; yields them.
  std::vector<admin::SessionRow> kick(const Kick& kick);
  [[nodiscard]] Stats stats();
  /// Packets that belong to no session, by reason.
  [[nodiscard]] const DropCounters& drops() const { return drops_; }

 private:
  void accept(std::size_t listener);
  void pause_accepting(std::size_t listener, const asio::error_code& error);
  void add_connection(asio::ip::tcp::socket socket, Instant now);
  /// Whether there is room for another connection now.
  bool make_room(Ipv4Address from, Instant now);
  void make_room_for_call(ConnectionId id);
  void drop(ConnectionId id);
  void forget_done_connections();
  void logged_in(ConnectionId id);
  void logged_out(ConnectionId id);
  void wait_for(asio::posix::stream_descriptor& ready, std::size_t (Worker::*receive)(Instant));
  std::size_t receive_from_gre(Instant now);
  std::size_t receive_from_tun(Instant now);
  std::size_t receive_arp(Instant now);
  std::size_t interfaces_changed(Instant now);
  bool stays_among_clients(const PacketBuffer& packet, Instant now);
  void interface_gone();
  void dispatch(Packet packet, Instant now);
  void stay_while_busy(std::size_t carried);
  void settle_touched(Instant now);
  void settle(ServedCall& call, Instant now);
  void settle(Connection& connection);
  void finish_round(Instant now);
  void settle_ended(Instant now);
  void flush_traffic(Instant now);
  void call_changed(CallId id);
  void wait_for_hooks(Instant now);
  void run_deadlines(Instant now);
  void arm_timer();
  void continue_drain(Instant now);
  void drop(DropReason reason) { drops_.add(reason); }

  enum class Stage : std::uint8_t { serving, hanging_up, stopping, waiting_for_hooks };

  const Instant started_ = net::now();
  asio::io_context& context_;
  /// What the parts refer to stays in its place when it changes.
  config::Config config_;
  observe::Log& log_;
  Resources resources_;
  net::SystemRandom random_;
  DropCounters drops_;
  tun::PacketIo io_;
  session::Traffic traffic_;
  /// None on the simple path.
  std::unique_ptr<session::CipherBatches> cipher_;
  SessionTable sessions_;
  observe::Counters counters_;
  AddressPool addresses_;
  ProxyArp arp_;
  HookRunner hooks_;
  auth::LoginGuard guard_;
  Admission admission_;
  auth::LocalVerifier verifier_;
  Services services_;

  asio::posix::stream_descriptor gre_ready_;
  asio::posix::stream_descriptor tun_ready_;
  asio::posix::stream_descriptor arp_ready_;
  asio::posix::stream_descriptor interfaces_ready_;
  asio::steady_timer timer_;
  bool timer_armed_ = false;
  /// One for each acceptor.
  std::vector<asio::steady_timer> accept_pauses_;
  Deadline accept_failure_told_;
  PacketBatch arrived_;
  std::uint64_t wake_ups_ = 0;
  net::BusyRounds busy_rounds_;
  /// Calls that have taken one of them.
  std::vector<CallId> touched_;

  DeadlineQueue<CallId> call_deadlines_;
  DeadlineQueue<ConnectionId> connection_deadlines_;
  std::unordered_map<ConnectionId, std::unique_ptr<Connection>> connections_;
  std::uint64_t last_connection_ = 0;
  /// Closed, and to be forgotten at the end of the round.
  std::vector<ConnectionId> done_;

  std::string failure_;
  Stage stage_ = Stage::serving;
  Timer drain_timer_;
  Timer hooks_timer_;
};

}  // namespace upptpd::server
