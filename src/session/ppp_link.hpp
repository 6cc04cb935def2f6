// One PPP link from the first LCP packet to the last: establish, authenticate, open the network
// protocols, terminate. RFC 1661 section 3.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "ppp/lcp.hpp"
#include "session/events.hpp"
#include "session/link_outputs.hpp"
#include "session/link_settings.hpp"
#include "session/network_phase.hpp"
#include "session/peer_reports.hpp"

namespace upptpd::session {

class PppLink {
 public:
  using Settings = LinkSettings;

  /// Answer with `login_verdict`, once. Of several that are open, the last one's verdict counts.
  struct VerifyLogin {
    auth::LoginRequest request;
  };
  /// Answer with `address_assigned` or `address_refused`, once; not any more when another one of
  /// these has followed.
  struct AssignAddress {
    std::string user;
  };
  /// Nothing follows.
  struct Ended {
    Cause cause;
    std::string detail;
  };
  using Output =
      std::variant<SendFrame, VerifyLogin, AssignAddress, EncryptionUp, EncryptionDown,
                   FlushEncryption, NetworkUp, NetworkDown, ControlDropped, Event, Ended>;

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
  /// Packets are missing, so that a stateful key fits no more: asks the peer to start anew, at most
  /// once in a while.
  void packets_missing(Instant now);
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
    ppp::AuthMethod method;
    /// Runs once a login has failed.
    Timer linger;
    Authenticating(std::unique_ptr<auth::LoginExchange> made, ppp::AuthMethod by)
        : login(std::move(made)), method(by) {}
  };
  struct Networking {
    /// Stays: the other side may not have heard how the login ended, or ask again. Null where
    /// nobody was asked.
    std::unique_ptr<auth::LoginExchange> login;
    NetworkPhase layers;

    Networking(std::unique_ptr<auth::LoginExchange> used, NetworkPhase::Settings settings,
               Instant now)
        : login(std::move(used)), layers(std::move(settings), now) {}
  };
  struct Terminating {};

  void pump(Instant now);
  bool step(Instant now);
  void handle_lcp(ppp::ControlProtocol::Output&& output, Instant now);
  void handle_notice(const ppp::LcpNegotiation::Notice& notice, Instant now);
  void handle_login(auth::LoginExchange::Output&& output, ppp::Protocol protocol, Instant now);
  void handle_network(NetworkPhase::Output&& output, Instant now);

  [[nodiscard]] auth::LoginExchange* login() const;
  void receive_login(ppp::Protocol protocol, View packet, Instant now);
  void receive_network_control(ppp::Protocol protocol, View packet, Instant now);

  void link_established(Instant now);
  void login_succeeded(auth::LoginExchange::Succeeded&& succeeded, Instant now);
  void login_failed(auth::LoginExchange::Failed&& failed, Instant now);
  void begin_networking(std::unique_ptr<auth::LoginExchange> used,
                        auth::LoginExchange::Succeeded&& succeeded, Instant now);
  void link_down(Instant now);
  void came_down(Instant now);
  void leave_networking();
  void peer_terminates(Instant now);
  void lcp_finished(ppp::ControlProtocol::Cause cause);

  void reject_protocol(ppp::Protocol protocol, View packet);
  void protocol_rejected(ppp::Protocol protocol, Instant now);

  void emit(std::optional<Event> event);
  void drop(DropReason reason) { outputs_.push(ControlDropped{reason}); }
  void recognise();
  void report_unacceptable_login();
  void report_authentication_refused(View wanted);
  void report_encryption_given_up();

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
  bool address_awaited_ = false;
  PeerReports reports_;
  ClientTraits client_;
};

}  // namespace upptpd::session
