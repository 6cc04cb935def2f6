// What runs side by side once the login is done: CCP for encryption, IPCP for addresses. RFC 1661
// section 3.6, RFC 1962, RFC 1332.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "core/queue.hpp"
#include "ppp/ccp.hpp"
#include "ppp/control_protocol.hpp"
#include "ppp/ipcp.hpp"
#include "session/client_fingerprint.hpp"
#include "session/events.hpp"
#include "session/link_outputs.hpp"

namespace upptpd::session {

class NetworkPhase {
 public:
  struct Settings {
    std::string user;
    auth::KeyMaterial keys;
    /// With a strength that there are keys for, unless it is "off".
    ppp::EncryptionPolicy encryption;
    ppp::RestartPolicy restart;
    ClientQuirks quirks{};
  };

  /// A layer went down, to be negotiated anew.
  struct CameDown {};
  /// The peer asked to end a layer; `data` is what it gave as the reason.
  struct PeerTerminates {
    Bytes data;
  };
  /// Nothing can come of this link any more.
  struct Failed {
    Cause cause;
  };
  using Output = std::variant<SendFrame, EncryptionUp, EncryptionDown, FlushEncryption, NetworkUp,
                              NetworkDown, ControlDropped, Event, CameDown, PeerTerminates, Failed>;

  /// Opens CCP where the policy asks for encryption; where it only allows it, CCP waits for the
  /// peer.
  NetworkPhase(Settings settings, Instant now);

  /// Opens IPCP, once it is known what to say in it.
  void open_ip(std::unique_ptr<ppp::IpNegotiation> negotiation, Instant now);

  /// Whether the protocol is one of ours: otherwise the link rejects it. CCP is not where there is
  /// to be no encryption.
  [[nodiscard]] bool speaks(ppp::Protocol protocol) const;
  /// A packet of CCP or IPCP. What comes for IPCP before `open_ip` waits for it.
  void receive(ppp::Protocol protocol, View packet, Instant now);
  void protocol_rejected(ppp::Protocol protocol, Instant now);
  /// Packets of the peer's are missing, so that a stateful key fits no more: asks it to start anew,
  /// at most once in a while.
  void packets_missing(Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;
  std::optional<Output> next_output();

  [[nodiscard]] const std::string& user() const { return settings_.user; }
  [[nodiscard]] const ppp::EncryptionPolicy& encryption_policy() const {
    return settings_.encryption;
  }
  [[nodiscard]] bool network_is_up() const { return network_up_; }
  /// For an owner that ends the link before CCP has said so itself: whether required encryption is
  /// given up, and what to report then.
  [[nodiscard]] bool encryption_given_up() const;
  [[nodiscard]] EncryptionRefused refusal() const {
    return {settings_.encryption, ccp_.peer_offer()};
  }

 private:
  struct Ip {
    std::unique_ptr<ppp::IpNegotiation> negotiation;
    ppp::ControlProtocol protocol;
    Ip(std::unique_ptr<ppp::IpNegotiation> made, ppp::RestartPolicy policy)
        : negotiation(std::move(made)), protocol(*negotiation, policy) {}
  };

  bool step();
  void handle(ppp::ControlProtocol::Output&& output, ppp::Protocol protocol);
  void layer_up(ppp::Protocol protocol);
  void layer_down(ppp::Protocol protocol);
  void layer_finished(ppp::Protocol protocol, ppp::ControlProtocol::Cause cause);
  void receive_ccp(View packet, Instant now);
  void encryption_opened();
  void encryption_ended(Cause cause);
  void refuse_encryption(Cause cause);
  void traffic_may_flow();
  /// What both directions are encrypted with now.
  [[nodiscard]] std::optional<ppp::EncryptionModes> encryption() const;
  /// Whether it is decided that there is encryption, or that there is none and need be none.
  [[nodiscard]] bool encryption_settled() const;

  Settings settings_;
  OutputQueue<Output> outputs_;
  ppp::CcpNegotiation ccp_;
  ppp::ControlProtocol ccp_protocol_;
  std::optional<Ip> ip_;
  Bytes early_ip_packet_;
  bool network_up_ = false;
  /// There was encryption, and so there must not be none from then on.
  bool encrypted_ = false;
  std::optional<Instant> reset_requested_;
  std::optional<Instant> flushed_;
};

}  // namespace upptpd::session
