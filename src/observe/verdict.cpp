#include "observe/verdict.hpp"

#include "core/queue.hpp"
#include "ppp/encryption_policy.hpp"

namespace upptpd::observe {
namespace {

/// Where the client wants more than we have, it is told that its own side lacks what we want.
unsigned error_for(std::uint32_t offered, const ppp::EncryptionPolicy& policy) {
  const std::uint32_t ours = ppp::strongest_of(policy.strengths);
  return ppp::strongest_of(offered | policy.strengths) != ours ? 741 : 742;
}

/// A client that ends a call later than this without having agreed on a link was waiting for our
/// packets. Its patience may be shorter than ours.
constexpr std::chrono::seconds kWasWaiting{5};

Verdict::Explanation gre_blocked(const session::Finished& finished) {
  constexpr unsigned kNoGre = 806;
  if (finished.any_frame_received) {
    return {
        "the client's packets arrive, but it does not answer ours: GRE (IP protocol 47) from the "
        "server to the client is blocked on the way",
        kNoGre};
  }
  if (finished.statistics.drops[DropReason::gre_wrong_peer] > 0) {
    return {
        "the client's GRE packets come from another address than its TCP connection: a NAT or a "
        "second line on the way splits them",
        kNoGre};
  }
  return {
      "no GRE packet (IP protocol 47) came from the client: a firewall or NAT on the way passes "
      "TCP port 1723 but not GRE",
      kNoGre};
}

}  // namespace

using session::Cause;

void Verdict::note(const session::Event& event) {
  std::visit(Overloaded{
                 [&](const session::AuthenticationFailed& e) { authentication_failed_ = e; },
                 [&](const session::AuthenticationRefused& e) { authentication_refused_ = e; },
                 [&](const session::EncryptionRefused& e) { encryption_refused_ = e; },
                 [&](const session::AddressUnavailable& e) { address_unavailable_ = e; },
                 [&](const session::PeerTerminates& e) { client_terminates_ = e; },
                 [&](const session::LinkEstablished&) { link_established_ = true; },
                 [](const auto&) {},
             },
             event);
}

std::string Verdict::login_failure() const {
  if (!authentication_failed_) return "the login failed";
  return "login as " + authentication_failed_->name +
         " refused: " + std::string(auth::to_string(authentication_failed_->failure));
}

Verdict::Explanation Verdict::login_refusal() const {
  const auto& refused = authentication_refused_;
  std::string sentence = (refused ? ppp::in_words(refused->required, " or ") : "a login") +
                         " is required, the client ";
  if (refused && refused->wanted) {
    sentence += "wants " + std::string(ppp::to_string(*refused->wanted));
  } else if (refused && !refused->raw.empty()) {
    sentence += "refuses it and wants the method " + refused->raw;
  } else {
    sentence += "refuses it";
  }
  return {std::move(sentence), 919};
}

Verdict::Explanation Verdict::encryption_refusal() const {
  if (!encryption_refused_) return {"encryption could not be agreed on", 742};
  const ppp::EncryptionPolicy& policy = encryption_refused_->policy;
  std::string sentence = "encryption with " + ppp::policy_in_words(policy) + " is required; ";
  if (encryption_refused_->no_keys) {
    return {
        sentence + "the client logged in by a method that leaves no keys for it, or none so long",
        742};
  }
  if (!encryption_refused_->offered) return {sentence + "the client offered no encryption", 742};
  const std::uint32_t offered = *encryption_refused_->offered;
  sentence += "the client offered " + ppp::offer_in_words(offered);
  return {std::move(sentence), error_for(offered, policy)};
}

/// The client ended it, and says why if it is Windows.
Verdict::Explanation Verdict::hang_up(const session::Finished& finished) const {
  constexpr unsigned kRemoteLacksEncryption = 742;
  std::string sentence = "the client hung up";
  unsigned error = client_terminates_ ? client_terminates_->ras_error.value_or(0) : 0;
  if (error != 0) {
    sentence = "the client ended the connection with error " + std::to_string(error);
  }
  const bool about_encryption =
      error == 741 || error == kRemoteLacksEncryption || (error == 0 && !finished.was_connected);
  if (about_encryption && encryption_refused_ && encryption_refused_->offered) {
    if (error == 0) error = kRemoteLacksEncryption;
    sentence += ": it asked for encryption (" + ppp::offer_in_words(*encryption_refused_->offered) +
                "), which encryption.policy does not have here";
  }
  return {std::move(sentence), error != 0 ? std::optional(error) : std::nullopt};
}

/// pppd and our own client wait 30 s for a link, as we do: either side may be the first to give up.
bool Verdict::client_gave_up_on_link(const session::Finished& finished) const {
  const bool by_client =
      finished.cause == Cause::peer_hung_up || finished.cause == Cause::control_connection_lost;
  return by_client && !link_established_ && !client_terminates_ && finished.duration >= kWasWaiting;
}

Verdict::Explanation Verdict::explain(const session::Finished& finished) const {
  if (client_gave_up_on_link(finished)) return gre_blocked(finished);
  switch (finished.cause) {
    case Cause::hung_up:
      return {"we hung up", {}};
    case Cause::peer_hung_up:
      return hang_up(finished);
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
      return gre_blocked(finished);
    case Cause::lcp_not_converging:
      return {"the client and we could not agree on the link (LCP)", 734};
    case Cause::looped_back:
      return {"what we send comes back to us: the line is looped", 737};
    case Cause::authentication_refused:
      return login_refusal();
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
      return encryption_refusal();
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
