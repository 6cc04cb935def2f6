// One PPP link from the first LCP packet to the last: establish, authenticate, open the network
// protocols, terminate. RFC 1661 section 3.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "ppp/lcp.hpp"
#include "session/events.hpp"
#include "session/link_settings.hpp"
#include "session/network_phase.hpp"
#include "session/peer_reports.hpp"

namespace upptpd::session {

class PppLink {
 public:
  using Settings = LinkSettings;

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
    ppp::IpAssignment assignment;
  };
  struct NetworkDown {};
  /// Nothing follows.
  struct Ended {
    Cause cause;
    std::string detail;
  };
  using Output = std::variant<SendFrame, VerifyLogin, AssignAddress, EncryptionUp, EncryptionDown,
                              NetworkUp, NetworkDown, Event, Ended>;

  /// `library` and `random` must outlive this.
  PppLink(Settings settings, const crypto::Library& library, RandomSource& random, Instant now);

  /// A control packet came in, without its frame header. Network data goes to the data path
  /// instead.
  void receive(ppp::Protocol protocol, View packet, Instant now);
  /// Any valid frame came in: the peer lives.
  void peer_heard(Instant now) { echo_.heard(now); }
  /// A client's first Set-Link-Info: its PPP engine is about to run.
  void peer_came_up(Instant now);
  void login_verdict(const auth::LoginVerdict& verdict, Instant now);
  void address_assigned(const ppp::IpAssignment& assignment, Instant now);
  void address_refused(const std::string& why, Instant now);
  /// Ends in good order, with a Terminate-Request. The first cause is the one that counts.
  void close(Cause cause, Instant now, std::string detail = {});
  /// Asks a peer that may be gone for a sign of life.
  void probe(Instant now);
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
    std::unique_ptr<auth::LoginExchange> login;
    /// Runs once a login has failed.
    Timer linger;
    explicit Authenticating(std::unique_ptr<auth::LoginExchange> made) : login(std::move(made)) {}
  };
  struct Networking {
    /// Stays: the other side may not have heard how the login ended, or ask again.
    std::unique_ptr<auth::LoginExchange> login;
    std::string user;
    auth::KeyMaterial keys;
    NetworkPhase layers;
    bool network_up = false;

    Networking(std::unique_ptr<auth::LoginExchange> used,
               auth::LoginExchange::Succeeded&& succeeded, const Settings& settings, Instant now);
  };
  struct Terminating {};

  void pump(Instant now);
  bool step(Instant now);
  void handle(ppp::ControlProtocol::Output&& output, ppp::Protocol protocol, Instant now);
  void handle_notice(const ppp::LcpNegotiation::Notice& notice, Instant now);
  void handle_login(auth::LoginExchange::Output&& output, Instant now);
  void login_succeeded(auth::LoginExchange::Succeeded&& succeeded, Instant now);
  void login_failed(auth::LoginExchange::Failed&& failed, Instant now);
  void termination_requested(ppp::Protocol protocol, View data, Instant now);

  void layer_up(ppp::Protocol protocol, Instant now);
  void link_established(Instant now);
  void layer_down(ppp::Protocol protocol, Instant now);
  void came_down(Instant now);
  void layer_finished(ppp::Protocol protocol, ppp::ControlProtocol::Cause cause, Instant now);
  void lcp_finished(ppp::ControlProtocol::Cause cause);
  void encryption_opened(Networking& networking, Instant now);
  void encryption_refused(Cause cause, Instant now);
  void traffic_may_flow(Networking& networking);
  void leave_networking();

  void reject_protocol(ppp::Protocol protocol, View packet);
  void protocol_rejected(ppp::Protocol protocol, Instant now);

  void emit(std::optional<Event> event);
  void report_unacceptable_login();
  void report_ccp_given_up();

  Settings settings_;
  const crypto::Library& library_;
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
  PeerReports reports_;
};

}  // namespace upptpd::session
