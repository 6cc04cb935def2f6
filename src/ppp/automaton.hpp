// The option negotiation automaton of RFC 1661 section 4.1, as the table that the RFC prints.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace upptpd::ppp {

/// The RFC's own mnemonics stand here and in control_protocol, and nowhere else.
enum class State : std::uint8_t {
  initial,
  starting,
  closed,
  stopped,
  closing,
  stopping,
  req_sent,
  ack_rcvd,
  ack_sent,
  opened
};

enum class Event : std::uint8_t {
  up,
  down,
  open,
  close,
  to_plus,    // timeout with counter > 0
  to_minus,   // timeout with counter expired
  rcr_plus,   // receive Configure-Request, good
  rcr_minus,  // receive Configure-Request, bad
  rca,        // receive Configure-Ack
  rcn,        // receive Configure-Nak or -Reject
  rtr,        // receive Terminate-Request
  rta,        // receive Terminate-Ack
  ruc,        // receive unknown code
  rxj_plus,   // receive Code- or Protocol-Reject, permitted
  rxj_minus,  // receive Code- or Protocol-Reject, catastrophic
  rxr         // receive Echo-Request, Echo-Reply or Discard-Request
};

enum class Action : std::uint8_t {
  none,
  tlu,  // this layer up
  tld,  // this layer down
  tls,  // this layer started
  tlf,  // this layer finished
  irc,  // initialise restart count
  zrc,  // zero restart count
  scr,  // send Configure-Request
  sca,  // send Configure-Ack
  scn,  // send Configure-Nak or -Reject
  str,  // send Terminate-Request
  sta,  // send Terminate-Ack
  scj,  // send Code-Reject
  ser   // send Echo-Reply
};

inline constexpr std::size_t kStates = 10;
inline constexpr std::size_t kEvents = 16;

struct Transition {
  bool legal = false;  // the RFC prints '-' where it is not
  State next = State::initial;
  std::array<Action, 3> actions{};
};

/// What the table says. An illegal combination is a bug of the caller, never something that a peer
/// can cause.
const Transition& transition(State state, Event event);

/// Whether the restart timer runs in a state (the states that have a TO event).
constexpr bool restart_timer_runs(State state) {
  return state >= State::closing && state <= State::ack_sent;
}

}  // namespace upptpd::ppp
