// One control connection with its calls: where RFC 2637's control messages and the sessions meet.
// Knows no socket.
#pragma once

#include <map>
#include <memory>

#include "control/control_connection.hpp"
#include "server/served_call.hpp"

namespace upptpd::server {

class ControlChannel {
 public:
  /// Calls that ended without a login before no more are taken on this connection: a client needs
  /// one or two.
  static constexpr unsigned kMostCallsWithoutLogin = 16;

  /// Calls without a login at the same time: a client that begins anew may have one left.
  static constexpr int kMostCallsAtLogin = 2;
  /// After which a call that nobody has logged in on may go for another one. A login takes less,
  /// even where a packet of it is lost.
  static constexpr Duration kPatience = std::chrono::seconds(4);
  /// How long a client has to read our last words.
  static constexpr Duration kLastWords = std::chrono::seconds(5);

  ControlChannel(Services& services, ConnectionId id, Ipv4Address peer, Ipv4Address local,
                 Instant now);

  /// Octets from the client's TCP connection.
  void receive(View octets, Instant now);
  /// The TCP connection is gone.
  void peer_closed(Instant now);
  /// Why it is closed, when it is not the peer who did so.
  void connection_failed(std::string_view reason) const;
  void advance(Instant now);
  /// Of the control connection; the calls have their own.
  [[nodiscard]] Deadline deadline() const {
    return earlier(earlier(connection_.deadline(), login_timer_.deadline()),
                   last_words_.deadline());
  }
  /// Somebody has: from now on there is time.
  void logged_in() { login_timer_.stop(); }
  /// Whether what is still to be sent was not read in time: the TCP connection is to be dropped.
  [[nodiscard]] bool unheard() const { return unheard_; }
  [[nodiscard]] Ipv4Address peer() const { return peer_; }
  [[nodiscard]] bool has_calls() const { return !calls_.empty(); }
  /// Whether it has calls, and nobody has logged in on them for longer than that takes.
  [[nodiscard]] bool dawdles(Instant now) const;

  /// One of the calls may have finished: tells the client, and forgets it.
  void reap_calls(Instant now);
  /// The server stops: hangs up every call.
  void hang_up(Instant now);
  /// Ends the connection with its calls, in good order.
  void stop(Instant now, session::Cause why = session::Cause::server_shut_down);

  [[nodiscard]] ConnectionId id() const { return id_; }
  /// What is to be sent; empties it.
  Bytes take_output() { return std::exchange(output_, {}); }
  /// Whether the TCP connection is to be closed when the output is sent.
  [[nodiscard]] bool closed() const { return closed_; }

  template <class Visitor>
  void for_each_call(Visitor visit) {
    for (auto& [id, call] : calls_) visit(*call);
  }

 private:
  void drain(Instant now);
  void call_requested(const control::CallRequested& request, Instant now);
  void refuse(control::CallRequestNumber request, const char* why, Instant now);
  [[nodiscard]] const char* reason_to_refuse();
  [[nodiscard]] bool anybody_logged_in() const;
  void expect_login(Instant now);
  void forget(std::map<CallId, std::unique_ptr<ServedCall>>::iterator call, Instant now);
  void started(const control::Started& started);
  void close(const control::Closed& closed, Instant now);
  observe::Line line(std::string_view event) const;

  Services& services_;
  ConnectionId id_;
  Ipv4Address peer_;
  Ipv4Address local_;
  control::ControlConnection connection_;
  Timer login_timer_;
  Instant login_expected_since_;
  Timer last_words_;
  bool unheard_ = false;
  std::map<CallId, std::unique_ptr<ServedCall>> calls_;
  Bytes output_;
  unsigned calls_without_login_ = 0;
  bool refusal_logged_ = false;
  bool started_ = false;
  session::ClientTraits client_;
  bool stopping_ = false;
  bool closed_ = false;
};

}  // namespace upptpd::server
