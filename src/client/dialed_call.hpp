// A call that we dial: where the control connection (RFC 2637) and the session meet on the client's
// side. Knows no socket.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "control/pns_connection.hpp"
#include "session/session.hpp"

namespace upptpd::client {

class DialedCall {
 public:
  struct Settings {
    control::PnsConnection::Settings control;
    /// With `log_in_as`.
    session::LinkSettings link;
    /// The outer addresses.
    Ipv4Address server;
    Ipv4Address local;
  };

  using Output = std::variant<control::SendBytes, control::Started, control::CallAnswered,
                              control::CallRefused, control::CallDisconnected, session::Event,
                              control::Closed>;

  /// TCP is connected. What `environment` refers to must outlive this.
  DialedCall(Settings settings, session::Environment environment, Instant now);

  /// Octets from the server's TCP connection.
  void receive(View octets, Instant now);
  /// The TCP connection is gone.
  void peer_closed(Instant now);
  /// A GRE packet from anybody; what is not of this call is dropped.
  void receive(Packet packet, Instant now);
  /// After some of them: decrypts what has waited for that.
  void decrypt(Instant now);
  /// An IP packet for the network behind the server.
  void send(Packet packet);
  /// Ends the link, then the call, then the connection. Closed is the last output.
  void hang_up(Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;
  std::optional<Output> next_output() { return outputs_.pop(); }

  /// Whether Closed was said.
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] const session::Statistics& statistics() const;
  /// None before the call is answered.
  [[nodiscard]] const session::Session* session() const { return session_ ? &*session_ : nullptr; }

 private:
  void drain(Instant now);
  void drain_control(Instant now);
  void drain_session(Instant now);
  void answered(const control::CallAnswered& answer, Instant now);
  void end_session(session::Cause cause, Instant now);

  Settings settings_;
  session::Environment environment_;
  control::PnsConnection control_;
  std::optional<session::Session> session_;
  /// Of packets that came while there was no session.
  session::Statistics before_session_;
  OutputQueue<Output> outputs_;
  bool closed_ = false;
};

}  // namespace upptpd::client
