// The client's (PNS's) side of one PPTP control connection and its one call: RFC 2637 sections
// 3.1 and 3.2.4.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "control/connection_outputs.hpp"
#include "control/message_stream.hpp"
#include "core/queue.hpp"
#include "core/tagged.hpp"
#include "core/time.hpp"
#include "core/timer.hpp"

namespace upptpd::control {

/// GRE may begin: what we send carries `peer_call_id`, what the server sends carries ours.
struct CallAnswered {
  PeerCallId peer_call_id{};
};

/// The connection is stopped now; Closed follows.
struct CallRefused {
  OutgoingCallResult result = OutgoingCallResult::busy;
};

/// The server ended the call. The connection is stopped now; Closed follows.
struct CallDisconnected {
  CallDisconnectResult result = CallDisconnectResult::request;
};

class PnsConnection {
 public:
  struct Settings {
    /// At most kNameLength octets of each are sent.
    std::string host_name{};
    std::string vendor_name = "upptpd";
    CallId call_id{};
    /// In packets; 64 is what Windows announces.
    std::uint16_t receive_window = 64;
    /// Bits per second, as Windows announces them; no server looks at it.
    std::uint32_t minimum_speed = 300;
    std::uint32_t maximum_speed = 100'000'000;
    /// For the Start-Control-Connection-Reply, then for the Outgoing-Call-Reply.
    Duration reply_timeout = std::chrono::seconds(30);
    /// Silence before we send an Echo-Request, and then before we give up (section 3.1.4).
    Duration echo_idle = std::chrono::seconds(60);
    Duration echo_timeout = std::chrono::seconds(60);
    /// For the end of the call, then for the end of the connection.
    Duration stop_timeout = std::chrono::seconds(3);
  };
  using Output =
      std::variant<SendBytes, Started, CallAnswered, CallRefused, CallDisconnected, Closed>;

  /// TCP is connected: introduces itself and asks for a call.
  PnsConnection(Settings settings, Instant now);

  /// Octets from the server, cut anywhere.
  void receive(View octets, Instant now);
  /// Ends the call and the connection, whatever state they are in. Closed follows.
  void hang_up(Instant now);
  /// TCP is at its end.
  void peer_closed(Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const { return timer_.deadline(); }
  std::optional<Output> next_output() { return outputs_.pop(); }

 private:
  enum class State {
    awaiting_start_reply,
    awaiting_call_reply,
    established,
    awaiting_disconnect,
    awaiting_stop_reply,
    closed
  };

  void handle(const Message& message, Instant now);
  void handle(const UnknownControlMessage&, Instant) {}
  void handle(ParseError error, Instant now);
  void on_start_reply(const StartControlConnectionReply& reply, Instant now);
  void on_call_reply(const OutgoingCallReply& reply, Instant now);
  void on_disconnect(const CallDisconnectNotify& notify, Instant now);

  void send(const Message& message) { outputs_.push(SendBytes{serialise(message)}); }
  void stop(Instant now);
  void close(CloseReason reason, std::string sentence);

  Settings settings_;
  State state_ = State::awaiting_start_reply;
  /// What it is for follows from the state.
  Timer timer_;
  MessageStream stream_;
  PeerCallId peer_call_id_;
  std::uint32_t echo_identifier_ = 0;
  bool echo_outstanding_ = false;
  OutputQueue<Output> outputs_;
};

}  // namespace upptpd::control
