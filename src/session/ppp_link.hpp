// One PPP link from the first LCP packet to the last: establish, authenticate, open the network
// protocols, terminate. RFC 1661 section 3.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "auth/chap.hpp"
#include "ppp/ccp.hpp"
#include "ppp/ipcp.hpp"
#include "ppp/lcp.hpp"
#include "session/events.hpp"

namespace upptpd::session {

class PppLink {
 public:
  struct Settings {
    ppp::LcpSettings lcp;
    std::string server_name;
    ppp::RestartPolicy restart;
    ppp::LcpEcho::Settings echo;
    /// From the first packet to traffic, for a client that keeps us busy without getting anywhere.
    Duration setup_timeout = std::chrono::seconds(60);
    /// After a failed login the client has this long to end by itself and show its user why.
    Duration failure_linger = std::chrono::seconds(1);
  };

  struct SendFrame {
    ppp::Protocol protocol;
    Bytes packet;
  };
  /// Answer with `login_verdict`, once. Of several that are open, the last one's verdict counts.
  struct VerifyLogin {
    auth::LoginRequest request;
  };
  /// Answer with `address_assigned` or `address_refused`, once. Of several that are open, the last
  /// one's counts.
  struct AssignAddress {
    std::string user;
  };
  struct EncryptionUp {
    auth::KeyMaterial keys;
  };
  struct EncryptionDown {
    /// CCP is negotiated anew within the same login, which would start the same keys again.
    bool same_login = false;
  };
  struct NetworkUp {
    std::string user;
    Ipv4Address client;
  };
  struct NetworkDown {};
  /// Nothing follows.
  struct Ended {
    Cause cause;
    std::string detail;
  };
  using Output = std::variant<SendFrame, VerifyLogin, AssignAddress, EncryptionUp, EncryptionDown,
                              NetworkUp, NetworkDown, Event, Ended>;

  PppLink(Settings settings, RandomSource& random, Instant now);

  /// A control packet came in, without its frame header. Network data goes to the data path
  /// instead.
  void receive(ppp::Protocol protocol, View packet, Instant now);
  /// Any valid frame came in: the peer lives.
  void peer_heard(Instant now) { echo_.heard(now); }
  /// The client's first Set-Link-Info: its PPP engine is about to run.
  void peer_came_up(Instant now);
  void login_verdict(const auth::LoginVerdict& verdict, Instant now);
  void address_assigned(const ppp::IpAssignment& assignment, Instant now);
  void address_refused(const std::string& why, Instant now);
  /// Ends in good order, with a Terminate-Request. The first cause is the one that counts.
  void close(Cause cause, Instant now, std::string detail = {});
  /// Asks a peer that may be gone for a sign of life.
  void probe();
  /// The first reason to end is the one that counts: `cause` unless there was one before.
  [[nodiscard]] Ended ends_with(Cause cause) const {
    return cause_ ? Ended{*cause_, detail_} : Ended{cause, {}};
  }
  [[nodiscard]] Instant last_heard() const { return echo_.last_heard(); }

  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;
  std::optional<Output> next_output() { return outputs_.pop(); }

  [[nodiscard]] const ppp::LinkOptions& link_options() const { return lcp_negotiation_.agreed(); }
  /// Whether the peer has proved who it is.
  [[nodiscard]] bool authenticated() const { return std::holds_alternative<Networking>(phase_); }

 private:
  struct Establishing {};
  struct Authenticating {
    auth::ChapAuthenticator authenticator;
    /// Runs once a login has failed.
    Timer linger;
    // clang 14 cannot initialise an aggregate in place.
    explicit Authenticating(auth::ChapAuthenticator made) : authenticator(std::move(made)) {}
  };
  struct Ccp {
    ppp::CcpNegotiation negotiation;
    ppp::ControlProtocol protocol;
    explicit Ccp(ppp::RestartPolicy policy) : protocol(negotiation, policy) {}
  };
  struct Ipcp {
    ppp::IpcpNegotiation negotiation;
    ppp::ControlProtocol protocol;
    Ipcp(const ppp::IpAssignment& assignment, ppp::RestartPolicy policy)
        : negotiation(assignment), protocol(negotiation, policy) {}
  };
  struct Networking {
    /// Stays, for a client that repeats its Response because our Success was lost.
    auth::ChapAuthenticator authenticator;
    std::string user;
    auth::KeyMaterial keys;
    Ccp ccp;
    /// Made when the address is known.
    std::optional<Ipcp> ipcp;
    /// A client's request that came before that: answering it with nothing would cost it two
    /// seconds.
    Bytes early_ipcp_request;
    Ipv4Address client;
    bool network_up = false;
    Networking(auth::ChapAuthenticator&& used, auth::ChapAuthenticator::Succeeded&& login,
               ppp::RestartPolicy policy)
        : authenticator(std::move(used)),
          user(std::move(login.user)),
          keys(login.keys),
          ccp(policy) {}
  };
  struct Terminating {};

  void pump(Instant now);
  bool step(Instant now);
  void handle(ppp::ControlProtocol::Output&& output, ppp::Protocol protocol, Instant now);
  void handle_notice(const ppp::LcpNegotiation::Notice& notice, Instant now);
  void handle_authenticator(auth::ChapAuthenticator::Output&& output, Instant now);
  void login_succeeded(auth::ChapAuthenticator::Succeeded&& login, Instant now);
  void termination_requested(ppp::Protocol protocol, View data, Instant now);

  void layer_up(ppp::Protocol protocol, Instant now);
  void layer_down(ppp::Protocol protocol, Instant now);
  void came_down(Instant now);
  void layer_finished(ppp::Protocol protocol, ppp::ControlProtocol::Cause cause, Instant now);
  void lcp_finished(ppp::ControlProtocol::Cause cause);
  void encryption_opened(Networking& networking, Instant now);
  void network_opened(Networking& networking, Instant now);
  void traffic_may_flow(Networking& networking);
  void leave_networking();

  void receive_ipcp(Networking& networking, View packet, Instant now);
  void reject_protocol(ppp::Protocol protocol, View packet);
  void protocol_rejected(ppp::Protocol protocol, Instant now);
  void report_termination(View data);

  Settings settings_;
  RandomSource& random_;
  OutputQueue<Output> outputs_;
  ppp::LcpNegotiation lcp_negotiation_;
  ppp::ControlProtocol lcp_;
  ppp::LcpEcho echo_;
  std::variant<Establishing, Authenticating, Networking, Terminating> phase_;
  Timer setup_;
  /// The first reason to end is the one that counts.
  std::optional<Cause> cause_;
  std::string detail_;
  bool ended_ = false;
  std::uint8_t logins_ = 0;
  unsigned times_down_ = 0;
  /// A link negotiated anew asks again while the first answer may still be on its way.
  unsigned verdicts_awaited_ = 0;
  unsigned addresses_awaited_ = 0;
  /// What was reported already: a peer must not fill the log.
  std::vector<ppp::Protocol> rejected_;
  unsigned identifications_ = 0;
  bool termination_reported_ = false;
};

}  // namespace upptpd::session
