// Runs one control protocol: turns packets and time into the automaton's events, and its actions
// into packets. RFC 1661 sections 4 and 5. Knows no option.
#pragma once

#include <variant>

#include "core/drop_reason.hpp"
#include "core/queue.hpp"
#include "core/timer.hpp"
#include "ppp/automaton.hpp"
#include "ppp/negotiation.hpp"
#include "ppp/restart_policy.hpp"

namespace upptpd::ppp {

class ControlProtocol {
 public:
  /// Why a protocol ended.
  enum class Cause : std::uint8_t {
    closed,          // we wanted it so
    terminated,      // the peer sent a Terminate-Request
    no_answer,       // our requests were not answered
    not_converging,  // refusals went on and on, or ruled an agreement out
    rejected         // the peer does not know the protocol, or one of its basic codes
  };

  struct Send {
    Bytes packet;
  };
  struct LayerUp {};
  struct LayerDown {};
  struct Finished {
    Cause cause;
  };
  /// The peer asked to end; `data` is what it gave as the reason.
  struct TerminateRequested {
    Bytes data;
  };
  /// A packet was of no use: malformed, or an answer to nothing.
  struct Dropped {
    DropReason reason;
  };
  using Output = std::variant<Send, LayerUp, LayerDown, Finished, TerminateRequested, Dropped>;

  /// `negotiation` must outlive this.
  ControlProtocol(Negotiation& negotiation, RestartPolicy policy);
  ControlProtocol(const ControlProtocol&) = delete;
  ControlProtocol& operator=(const ControlProtocol&) = delete;

  /// The layer below is up, and we want this one: starts negotiating.
  void open(Instant now);
  /// Ends in good order, with a Terminate-Request that carries `reason`.
  void close(Instant now, View reason = {});
  /// A packet of this protocol came in.
  void receive(View packet, Instant now);
  /// The peer does not know this protocol (LCP Protocol-Reject).
  void protocol_rejected(Instant now);
  /// The peer shows that it has only just come up: what we sent before may be lost, so send it
  /// again at once.
  void peer_came_up(Instant now);
  /// The peer has shown that it took the layer for open: a request that repeats the acknowledged
  /// one is no straggler any more, but a restart.
  void peer_went_on() { quiet_acknowledgments_ = kMostQuietAcknowledgments; }

  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const { return restart_timer_.deadline(); }
  std::optional<Output> next_output() { return outputs_.pop(); }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool opened() const { return state_ == State::opened; }

  /// Sends a packet of a code above 7, with an identifier of its own.
  void send(Code code, View data);

 private:
  /// How often a request that repeats the acknowledged one is taken for a straggler. A peer that
  /// goes on has really started again, and gets what RFC 1661 says.
  static constexpr unsigned kMostQuietAcknowledgments = 3;

  void fire(Event event, Instant now);
  void act(Action action, Instant now);
  void give_up(Cause cause, Instant now);
  void drop(DropReason reason) { outputs_.push(Dropped{reason}); }

  void repeat_request();
  void on_configure_request(const ControlPacket& packet, Instant now);
  void on_configure_answer(const ControlPacket& packet, Instant now);
  void on_code_reject(const ControlPacket& packet, Instant now);
  void on_extra_code(const ControlPacket& packet, Instant now);
  bool repeats_what_was_acknowledged(const ControlPacket& packet);

  void send_configure_request(Instant now);
  void send_terminate_request(Instant now);
  void transmit(Code code, std::uint8_t identifier, View data);
  void count_transmission(Instant now);

  Negotiation& negotiation_;
  RestartPolicy policy_;
  State state_ = State::initial;
  Cause cause_ = Cause::no_answer;
  OutputQueue<Output> outputs_;

  Timer restart_timer_;
  unsigned restart_count_ = 0;

  std::uint8_t next_identifier_ = 1;
  /// Our Configure-Request on its way, and whether a valid answer has come.
  Bytes request_options_;
  std::uint8_t request_identifier_ = 0;
  bool request_answered_ = true;
  /// A timeout sends the same request again; everything else a new one.
  bool retransmitting_ = false;
  std::uint8_t terminate_identifier_ = 0;
  Bytes terminate_reason_;

  /// What we are answering at the moment: the actions sca, scn, sta, scj and ser need it.
  ControlPacket received_;
  Judgement judgement_;

  bool peer_heard_ = false;
  Bytes acknowledged_options_;
  unsigned quiet_acknowledgments_ = 0;
  unsigned naks_sent_ = 0;
  unsigned refusals_ = 0;
};

}  // namespace upptpd::ppp
