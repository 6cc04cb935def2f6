// What a seed stands for: a network, what is done on it, and what goes wrong.
#pragma once

#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace upptpd::simulation {

enum class Incident : std::uint8_t {
  none,
  wrong_password,
  client_hangs_up,
  server_hangs_up,
  // Without a word: no packet comes or goes any more.
  client_dies,
  server_dies,
  // TCP ends while GRE would still pass.
  tcp_breaks,
  // GRE alone is cut, for good or for a while.
  gre_blocked_to_server,
  gre_blocked_to_client,
  gre_pauses
};

/// Probabilities are in millionths.
struct Conditions {
  Duration latency{};
  /// Added to each packet at random, up to this: what overtakes is reordered.
  Duration jitter{};
  unsigned loss = 0;
  unsigned duplication = 0;
  unsigned corruption = 0;
  /// Octets of the largest datagram that passes.
  std::size_t mtu = 1500;

  Incident incident = Incident::none;
  Duration incident_at{};
  /// IP packets each way, spread over the time before the network heals.
  unsigned packets = 0;

  /// Nothing that was sent may fail to arrive.
  [[nodiscard]] bool clean() const {
    return loss == 0 && corruption == 0 && jitter == Duration() && mtu >= 1500;
  }
};

Conditions conditions_of(std::uint64_t seed);
std::string to_string(const Conditions& conditions);

}  // namespace upptpd::simulation
