// Our server's pure machines, joined as the shell joins them, but without sockets: one control
// connection and its one call.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "auth/local_verifier.hpp"
#include "control/control_connection.hpp"
#include "session/session.hpp"

namespace upptpd {

class PureServer {
 public:
  struct Settings {
    CallId call_id{};
    ppp::IpAssignment assignment{};
    session::LinkSettings link{};
    /// Who may log in how, and encrypt how; the link offers what follows from it and the users.
    auth::LoginRules rules{};
    auth::LocalTime local_time{};
  };
  struct SendControl {
    Bytes message;
  };
  struct SendGre {
    Bytes packet;
  };
  /// The TCP connection is to be closed.
  struct Close {};
  using Output = std::variant<SendControl, SendGre, Close>;

  /// What is passed by reference must outlive this.
  PureServer(Settings settings, const crypto::Library& library, RandomSource& random,
             const auth::SecretsFile& users, Instant now);

  void receive_control(View octets, Instant now);
  void control_closed(Instant now);
  void receive_gre(View octets, Instant now);
  /// An IP packet for the client.
  void send(View packet, Instant now);
  void hang_up(session::Cause cause, Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;
  std::optional<Output> next_output() { return outputs_.pop(); }

  /// What it has come to.
  struct Progress {
    std::optional<auth::LoginVerdict> verdict{};
    std::optional<Instant> connected{};
    std::optional<session::Finished> finished{};
    /// The new password that a user has chosen, which nobody stores.
    std::optional<SecretString> new_password{};
    /// In order; none after `finished`.
    std::vector<session::Event> events{};
    /// The IP packets for the network, in order.
    std::vector<Bytes> delivered{};
    session::Statistics statistics{};
  };
  [[nodiscard]] const Progress& progress() const { return progress_; }
  [[nodiscard]] bool closed() const { return closed_; }
  /// Packet buffers that the session holds back.
  [[nodiscard]] std::size_t packets_held() const { return pool_.capacity() - pool_.available(); }

 private:
  void drain(Instant now);
  void drain_control(Instant now);
  void drain_session(Instant now);
  void drain_traffic();
  void start_session(const control::CallRequested& request, Instant now);
  void end_session(session::Cause cause, Instant now);
  void take_event(session::Event event, Instant now);

  Settings settings_;
  const crypto::Library& library_;
  RandomSource& random_;
  const auth::SecretsFile& users_;
  auth::LocalVerifier verifier_;
  PacketPool pool_;
  session::Traffic traffic_;
  control::ControlConnection control_;
  session::ClientTraits client_;
  std::optional<session::Session> session_;
  OutputQueue<Output> outputs_;
  Progress progress_;
  bool closed_ = false;
};

}  // namespace upptpd
