// A client's side of one control protocol: what it asks for, and how it takes the answers.
#pragma once

#include "core/timer.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/option.hpp"

namespace upptpd::profiles {

struct Negotiator {
  std::uint16_t protocol = 0;
  Bytes options{};
  /// Takes part; requests and answers before that are not heard.
  bool running = false;
  bool acked = false;
  bool ack_sent = false;
  bool opened = false;
  std::uint8_t identifier = 0;
  /// Since the server last answered.
  unsigned tries = 0;
  /// Refusals of what it asked for.
  unsigned refusals = 0;
  Timer timer{};

  void forget() {
    running = acked = ack_sent = opened = false;
    tries = refusals = 0;
    timer.stop();
  }
};

/// The value of the option of this type that has four octets; nothing where there is none.
std::optional<std::uint32_t> value_of(View options, std::uint8_t type);

/// The options after a refusal: those of a Nak with the server's values, those of a Reject gone.
Bytes changed_options(View options, View refused, bool nak);

}  // namespace upptpd::profiles
