// The server's (PAC's) side of one PPTP control connection: RFC 2637 sections 3.1 and 3.2.4.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "control/call.hpp"
#include "control/connection_outputs.hpp"
#include "control/message_stream.hpp"
#include "core/queue.hpp"
#include "core/time.hpp"
#include "core/timer.hpp"

namespace upptpd::control {

struct ControlSettings {
  /// At most kNameLength octets of each are sent.
  std::string host_name{};
  std::string vendor_name = "upptpd";
  std::uint16_t firmware_revision = 0;
  /// Calls on this connection; a further one is answered with "busy". Windows makes one.
  std::size_t max_calls = 8;
  /// In packets, for the Outgoing-Call-Reply. 64 is what Windows announces for itself.
  std::uint16_t receive_window = 64;
  /// From the accepted TCP connection to a complete Start-Control-Connection-Request. The RFC
  /// allows 60 s; a client sends it at once, and until then anybody can hold the socket.
  Duration first_message_timeout = std::chrono::seconds(10);
  /// Silence before we send an Echo-Request, and then before we give up (section 3.1.4).
  Duration echo_idle = std::chrono::seconds(60);
  Duration echo_timeout = std::chrono::seconds(60);
  /// From our Stop-Control-Connection-Request to its reply.
  Duration stop_timeout = std::chrono::seconds(3);
};

/// To be answered with `accept_call` or `refuse_call`, at once or later.
struct CallRequested {
  CallRequestNumber request{};
  PeerCallId peer_call_id{};
  std::uint16_t call_serial_number = 0;
  /// Bits per second.
  std::uint32_t minimum_speed = 0;
  std::uint32_t maximum_speed = 0;
  std::uint32_t bearer_type = 0;
  std::uint32_t framing_type = 0;
  /// How many packets the peer is willing to buffer.
  std::uint16_t receive_window = 0;
  /// The peer's text: log it through `printable`.
  std::string phone_number{};
  Subaddress subaddress{};
};

enum class CallEndReason {
  cleared_by_peer,
  disconnected_by_peer,
  /// The control connection took its calls with it; Closed says more.
  peer_stopped,
  peer_closed,
  echo_timeout,
  protocol_error,
};

/// The peer, or the end of the connection, took back a request that had no answer yet. An answer is
/// ignored from now on.
struct CallRequestWithdrawn {
  CallRequestNumber request{};
  CallEndReason why = CallEndReason::cleared_by_peer;
};

/// The peer tells the escaping of control characters. Means nothing over GRE, but its arrival shows
/// that a Windows client listens from now on (docs/protocol-notes.md).
struct LinkInfoReceived {
  CallId call_id{};
  std::uint32_t send_accm = 0;
  std::uint32_t receive_accm = 0;
};

/// An accepted call has ended, and not through `end_call` or `stop`.
struct CallEnded {
  CallId call_id{};
  CallEndReason why = CallEndReason::cleared_by_peer;
};

using Output = std::variant<SendBytes, Started, CallRequested, CallRequestWithdrawn,
                            LinkInfoReceived, CallEnded, Closed>;

struct ControlCounters {
  std::uint64_t received_messages = 0;
  /// Those that changed nothing: replies to what we did not ask, calls that we don't know, messages
  /// that only a PAC sends. Includes the unknown ones.
  std::uint64_t ignored_messages = 0;
  std::uint64_t unknown_messages = 0;
  std::uint64_t busy_calls = 0;
};

/// One TCP connection from its accept to its close. The owner drains `next_output` after each call.
class ControlConnection {
 public:
  ControlConnection(ControlSettings settings, Instant now);

  /// Octets from the peer, cut anywhere.
  void receive(View octets, Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const { return timer_.deadline(); }
  std::optional<Output> next_output() { return outputs_.pop(); }

  /// Answers a request. False, and nothing happens, when the request was withdrawn meanwhile.
  /// `ours` must not be in use on this connection.
  [[nodiscard]] bool accept_call(CallRequestNumber request, CallId ours, Instant now);
  /// `result` is not connected.
  void refuse_call(CallRequestNumber request, OutgoingCallResult result, Instant now);
  /// Tells the peer that its call is over, and forgets it. No CallEnded follows. Ignored when the
  /// call has ended meanwhile.
  void end_call(CallId call_id, CallDisconnectResult result, Instant now);
  /// Ends all calls and the connection in an orderly way and refuses what has no answer yet. No
  /// CallEnded and no CallRequestWithdrawn follows, but Closed does.
  void stop(StopReason reason, Instant now);
  /// TCP is at its end.
  void peer_closed(Instant now);

  [[nodiscard]] const ControlCounters& counters() const { return counters_; }

 private:
  /// Section 3.1.2; its `idle` before and after the connection are two states here.
  enum class State { awaiting_start, established, awaiting_stop_reply, closed };

  void handle(const Message& message, Instant now);
  void handle(const UnknownControlMessage& message, Instant now);
  void handle(ParseError error, Instant now);

  void heard_from_peer(Instant now);

  void start(const Message& first);
  void in_established(const Message& message);
  void while_stopping(const Message& message);

  void handle_echo_reply(const EchoReply& reply);
  void handle_call_request(const OutgoingCallRequest& request);
  void handle_clear(const CallClearRequest& request);
  void handle_disconnect(const CallDisconnectNotify& notify);
  void handle_link_info(const SetLinkInfo& info);

  void send(const Message& message);
  void reply_to_start(StartResult result);
  void refuse(PeerCallId peer_call_id, OutgoingCallResult result);
  void notify_disconnect(std::optional<CallId> call_id, CallDisconnectResult result);
  void report_end(const Call& call, CallEndReason why);
  void report_all_ended(CallEndReason why);
  void close(CloseReason reason, std::string sentence);
  void ignore() { ++counters_.ignored_messages; }

  ControlSettings settings_;
  State state_ = State::awaiting_start;
  /// What it is for follows from the state: the first message, silence or echo reply, stop reply.
  Timer timer_;
  MessageStream stream_;
  CallList calls_;
  std::uint64_t last_request_ = 0;
  std::uint32_t echo_identifier_ = 0;
  bool echo_outstanding_ = false;
  OutputQueue<Output> outputs_;
  ControlCounters counters_;
};

}  // namespace upptpd::control
