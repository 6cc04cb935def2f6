// What the owner of a PPP link decides, and what follows from it for each protocol.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/login_exchange.hpp"
#include "core/random_source.hpp"
#include "ppp/encryption_policy.hpp"
#include "ppp/lcp.hpp"
#include "ppp/restart_policy.hpp"
#include "session/client_fingerprint.hpp"

namespace upptpd::session {

struct LinkSettings {
  /// What we want to receive at most, in octets of information.
  std::uint16_t mru = 1500;
  /// The name under which a server asks for the login.
  std::string server_name;
  /// Makes us the client: it logs in with these, and asks for an address instead of giving one.
  std::optional<auth::Credentials> log_in_as;
  /// How a client may log in, in order of preference.
  std::vector<ppp::AuthMethod> methods = {ppp::AuthMethod::ms_chap_v2};
  /// A login's verdict has the policy of its user; this one is for who does not log in, and for a
  /// client's own side.
  ppp::EncryptionPolicy encryption;
  /// As in auth::ChapAuthenticator::Settings.
  Duration rechallenge{};
  unsigned retries = 0;
  bool password_change = false;
  /// What the control connection has told of the client.
  ClientTraits client;
  ppp::RestartPolicy restart;
  ppp::LcpEcho::Settings echo;
  /// From the first packet to traffic, for a peer that keeps us busy without getting anywhere. A
  /// user who is asked for another password gets it anew.
  Duration setup_timeout = std::chrono::seconds(60);
  /// After a failed login a client has this long to end by itself and show its user why.
  Duration failure_linger = std::chrono::seconds(1);

  [[nodiscard]] bool we_are_client() const { return log_in_as.has_value(); }
};

ppp::LcpSettings lcp_settings(const LinkSettings& settings);

/// Our side of the login that LCP agreed on; nothing for AuthMethod::none. `number` counts the
/// logins of a link, from 1.
std::unique_ptr<auth::LoginExchange> begin_login(const LinkSettings& settings,
                                                 ppp::AuthMethod method, std::uint8_t number,
                                                 const crypto::Library& library,
                                                 RandomSource& random, Instant now);

}  // namespace upptpd::session
