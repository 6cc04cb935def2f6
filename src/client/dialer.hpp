// Dials one call with what the system has: TCP, a raw GRE socket, a TUN device and routes.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/account.hpp"
#include "client/dialed_call.hpp"
#include "client/tunnel_interface.hpp"
#include "net/busy_rounds.hpp"
#include "net/system_random.hpp"
#include "tun/packet_io.hpp"

namespace upptpd::client {

struct DialOptions {
  /// A name or an IPv4 address.
  std::string host;
  std::uint16_t port = 1723;
  auth::Credentials credentials;
  std::string interface = "upptp0";
  /// Networks behind the server, to be routed through the tunnel.
  std::vector<Ipv4Network> routes;
  /// One of MppeBits.
  std::uint32_t strength = ppp::MppeBits::k128;
  /// One packet at a time, as a reference for benchmarks.
  bool simple_path = false;
};

class Dialer {
 public:
  /// For TCP to connect.
  static constexpr std::chrono::seconds kConnectTimeout{15};
  /// Octets that may wait for a server that does not read; then it counts as gone.
  static constexpr std::size_t kMostUnsent = 16384;
  /// From Ctrl-C until the call counts as ended, answered or not.
  static constexpr std::chrono::seconds kHangUpTimeout{4};

  /// Opens what needs root, and fails with what to do about it.
  static Result<std::unique_ptr<Dialer>> open(DialOptions options, const crypto::Library& library,
                                              Account& account);
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  /// Until the call has ended, or SIGINT, SIGTERM or SIGHUP hung it up. True for an end that was
  /// wanted.
  bool run();

 private:
  Dialer(DialOptions options, const crypto::Library& library, Account& account, net::GreSocket gre,
         tun::TunDevice device, TunnelInterface interface);

  void resolve();
  void connect(const asio::ip::tcp::endpoint& server);
  void begin_call();
  void read_control();
  void write_control();
  void wait_for_gre();
  /// These say how many packets they have carried.
  std::size_t receive_from_gre(Instant now);
  void wait_for_tun();
  std::size_t receive_from_tun();
  void stay_while_busy(std::size_t carried);
  void hang_up();
  /// Hangs up because of something here that makes the connection useless.
  void give_up(std::string why);
  /// Passes on what the call has to say, and what it wants sent.
  void settle();
  void handle(const DialedCall::Output& output);
  void network_up(const session::Connected& connected);
  void arm_timer();
  void wait_for_signal();
  /// Without an answer within that time it is over.
  void be_patient_for(std::chrono::seconds time);
  void fail_to_connect(const std::string& sentence, unsigned windows_error = 800);
  void finish();
  void end(const Diagnosis::Explanation& why);

  DialOptions options_;
  Account& account_;
  Diagnosis diagnosis_;
  asio::io_context context_{1};
  net::SystemRandom random_;
  DropCounters drops_;
  tun::PacketIo io_;
  session::Traffic traffic_;
  session::CipherBatches cipher_;
  session::Environment environment_;
  TunnelInterface interface_;

  asio::ip::tcp::resolver resolver_{context_};
  asio::ip::tcp::socket socket_{context_};
  asio::steady_timer timer_{context_};
  asio::steady_timer patience_{context_};
  asio::signal_set signals_{context_, SIGINT, SIGTERM, SIGHUP};
  asio::posix::stream_descriptor gre_ready_;
  asio::posix::stream_descriptor tun_ready_;

  std::optional<DialedCall> call_;
  std::array<std::uint8_t, 1024> incoming_{};
  Bytes unsent_;
  Bytes writing_;
  PacketBatch arrived_;
  net::BusyRounds busy_rounds_;
  unsigned peer_mru_ = 0;
  std::optional<Instant> connected_at_;
  Ipv4Address server_;
  bool hanging_up_ = false;
  bool saying_goodbye_ = false;
  std::string gave_up_because_;
  bool ended_well_ = false;
};

}  // namespace upptpd::client
