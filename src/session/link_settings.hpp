// What the owner of a PPP link decides, and what follows from it for each protocol.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "auth/login_exchange.hpp"
#include "core/random_source.hpp"
#include "mppe/master_keys.hpp"
#include "ppp/lcp.hpp"
#include "ppp/restart_policy.hpp"

namespace upptpd::session {

struct LinkSettings {
  /// What we want to receive at most, in octets of information.
  std::uint16_t mru = 1500;
  /// The name under which a server asks for the login.
  std::string server_name;
  /// Makes us the client: it logs in with these, and asks for an address instead of giving one.
  std::optional<auth::Credentials> log_in_as;
  /// Encryption is required; this strength and no other.
  mppe::Strength strength = mppe::Strength::bits128;
  ppp::RestartPolicy restart;
  ppp::LcpEcho::Settings echo;
  /// From the first packet to traffic, for a peer that keeps us busy without getting anywhere.
  Duration setup_timeout = std::chrono::seconds(60);
  /// After a failed login a client has this long to end by itself and show its user why.
  Duration failure_linger = std::chrono::seconds(1);

  [[nodiscard]] bool we_are_client() const { return log_in_as.has_value(); }
};

ppp::LcpSettings lcp_settings(const LinkSettings& settings);

/// The strength as one of the MPPE bits.
std::uint32_t mppe_bits(mppe::Strength strength);

/// Our side of the login that LCP agreed on. `number` counts the logins of a link, from 1.
std::unique_ptr<auth::LoginExchange> begin_login(const LinkSettings& settings, std::uint8_t number,
                                                 const crypto::Library& library,
                                                 RandomSource& random, Instant now);

}  // namespace upptpd::session
