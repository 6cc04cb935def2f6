#include "observe/verdict.hpp"

#include "core/queue.hpp"
#include "ppp/encryption_policy.hpp"

namespace upptpd::observe {

using session::Cause;

void Verdict::note(const session::Event& event) {
  std::visit(Overloaded{
                 [&](const session::AuthenticationFailed& e) { authentication_failed_ = e; },
                 [&](const session::AuthenticationRefused& e) { authentication_refused_ = e; },
                 [&](const session::EncryptionRefused& e) { encryption_refused_ = e; },
                 [&](const session::AddressUnavailable& e) { address_unavailable_ = e; },
                 [&](const session::PeerTerminates& e) { client_terminates_ = e; },
                 [](const auto&) {},
             },
             event);
}

std::string Verdict::login_failure() const {
  if (!authentication_failed_) return "the login failed";
  return "login as " + authentication_failed_->name +
         " refused: " + std::string(auth::to_string(authentication_failed_->failure));
}

std::string Verdict::encryption_offer() const {
  if (!encryption_refused_ || !encryption_refused_->offered) return "it offered no encryption";
  return "it offered " + ppp::offer_in_words(*encryption_refused_->offered);
}

Verdict::Explanation Verdict::explain(const session::Finished& finished) const {
  switch (finished.cause) {
    case Cause::hung_up:
      return {"we hung up", {}};
    case Cause::peer_hung_up:
      if (client_terminates_ && client_terminates_->ras_error.value_or(0) != 0) {
        const unsigned error = *client_terminates_->ras_error;
        return {"the client ended the connection with error " + std::to_string(error), error};
      }
      return {"the client hung up", {}};
    case Cause::control_connection_lost:
      return {"the control connection ended", {}};
    case Cause::server_shut_down:
      return {"the server was stopped", {}};
    case Cause::kicked:
      return {finished.detail.empty() ? "disconnected by the administrator"
                                      : "disconnected by the administrator: " + finished.detail,
              {}};
    case Cause::superseded:
      return {"the same user logged in again, which ends this session (auth.same_user)", {}};
    case Cause::lcp_no_answer:
      if (finished.any_frame_received) {
        return {
            "the client's packets arrive, but it does not answer ours: GRE (IP protocol 47) from "
            "the "
            "server to the client is blocked on the way",
            806};
      }
      if (finished.statistics.drops[DropReason::gre_wrong_peer] > 0) {
        return {
            "the client's GRE packets come from another address than its TCP connection: a NAT "
            "or a second line on the way splits them",
            806};
      }
      return {
          "no GRE packet (IP protocol 47) came from the client: a firewall or NAT on the way "
          "passes "
          "TCP port 1723 but not GRE",
          806};
    case Cause::lcp_not_converging:
      return {"the client and we could not agree on the link (LCP)", 734};
    case Cause::authentication_refused:
      if (authentication_refused_ && authentication_refused_->wanted) {
        return {"MS-CHAPv2 is required, the client wants " +
                    std::string(ppp::to_string(*authentication_refused_->wanted)),
                919};
      }
      return {"MS-CHAPv2 is required, the client refuses it" +
                  (authentication_refused_ && !authentication_refused_->raw.empty()
                       ? " and wants the method " + authentication_refused_->raw
                       : std::string()),
              919};
    case Cause::authentication_no_answer:
      return {"the client did not answer the login challenge", 718};
    case Cause::authentication_failed:
      return {login_failure(), authentication_failed_ ? authentication_failed_->code : 691};
    case Cause::address_unavailable:
      return {"no address for the client: " +
                  (address_unavailable_ ? address_unavailable_->why : std::string("none is free")),
              720};
    case Cause::address_refused:
      return {"the client did not take the address that it was given", 735};
    case Cause::encryption_refused:
      return {"encryption with MPPE 128 bit, stateless, is required; " + encryption_offer(), 742};
    case Cause::encryption_no_answer:
      return {"encryption is required, but the client did not answer the negotiation (CCP)", 742};
    case Cause::encryption_lost:
      return {
          "encryption was lost: negotiated anew after it was in use, or thousands of packets were "
          "lost at once",
          742};
    case Cause::network_refused:
      return {"the client and we could not agree on IP (IPCP)", 720};
    case Cause::setup_timeout:
      return {"the connection was not up in time", 718};
    case Cause::peer_silent:
      return {"the client does not answer any more (LCP echo)", {}};
  }
  return {};
}

}  // namespace upptpd::observe
