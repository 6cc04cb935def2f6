// What runs side by side once the login is done: CCP for encryption, IPCP for addresses. RFC 1661
// section 3.6, RFC 1962, RFC 1332.
#pragma once

#include <memory>

#include "ppp/ccp.hpp"
#include "ppp/control_protocol.hpp"
#include "ppp/ipcp.hpp"
#include "ppp/protocol.hpp"

namespace upptpd::session {

class NetworkPhase {
 public:
  /// Opens CCP. `encryption` is the one strength that is asked for (MppeBits).
  NetworkPhase(ppp::RestartPolicy policy, std::uint32_t encryption, Instant now);

  /// Opens IPCP, once it is known what to say in it.
  void open_ip(std::unique_ptr<ppp::IpNegotiation> negotiation, Instant now);

  /// A packet of CCP or IPCP. What comes before `open_ip` waits for it.
  void receive(ppp::Protocol protocol, View packet, Instant now);
  void protocol_rejected(ppp::Protocol protocol, Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;

  struct Output {
    ppp::Protocol protocol;
    ppp::ControlProtocol::Output what;
  };
  std::optional<Output> next_output();

  [[nodiscard]] const ppp::CcpNegotiation& ccp() const { return ccp_; }
  /// Whether we have given up to agree on encryption, and are only saying so to the peer.
  [[nodiscard]] bool ccp_given_up() const { return ccp_protocol_.state() == ppp::State::closing; }
  /// What IPCP agreed on; none before, or if it gave the client no address.
  [[nodiscard]] std::optional<ppp::IpAssignment> addresses() const;
  [[nodiscard]] bool opened() const;

 private:
  struct Ip {
    std::unique_ptr<ppp::IpNegotiation> negotiation;
    ppp::ControlProtocol protocol;
    Ip(std::unique_ptr<ppp::IpNegotiation> made, ppp::RestartPolicy policy)
        : negotiation(std::move(made)), protocol(*negotiation, policy) {}
  };

  ppp::RestartPolicy policy_;
  ppp::CcpNegotiation ccp_;
  ppp::ControlProtocol ccp_protocol_;
  std::optional<Ip> ip_;
  Bytes early_ip_packet_;
};

}  // namespace upptpd::session
