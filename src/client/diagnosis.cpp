#include "client/diagnosis.hpp"

#include <utility>

namespace upptpd::client {
namespace {

using session::Cause;

// The RAS errors that Windows shows (docs/errors.md).
constexpr unsigned kCannotConnect = 800;
constexpr unsigned kNoGre = 806;
constexpr unsigned kInterrupted = 807;
constexpr unsigned kClosedByServer = 629;
constexpr unsigned kTimeout = 718;
constexpr unsigned kNoNetworkProtocol = 720;
constexpr unsigned kNotConverging = 732;
constexpr unsigned kLinkTerminated = 734;
constexpr unsigned kLooped = 737;
constexpr unsigned kNoAddress = 738;
constexpr unsigned kNoEncryption = 742;
constexpr unsigned kNoLoginMethod = 919;

/// Octets of the server's own words.
constexpr std::size_t kLongestText = 120;

/// A server that ends a call later than this without having agreed on a link was waiting for our
/// packets. Its patience may be shorter than ours, and began earlier.
constexpr std::chrono::seconds kWasWaiting{5};

Diagnosis::Explanation gre_blocked(bool any_frame_received) {
  return {any_frame_received
              ? "the server's GRE packets arrive, but it does not answer ours: GRE (IP protocol "
                "47) from here to the server is blocked on the way"
              : "no GRE packet (IP protocol 47) came from the server: a firewall or NAT on the "
                "way passes TCP port 1723 but not GRE",
          kNoGre};
}

/// The text of a Terminate-Request: pppd's "MPPE required but peer negotiation failed" comes before
/// our refusal of what it offers has reached it; ours is "encryption is required".
bool is_about_encryption(std::string_view text) {
  return text.find("MPPE required") != std::string_view::npos ||
         text.find("encryption is required") != std::string_view::npos;
}

std::string why_refused(control::OutgoingCallResult result) {
  switch (result) {
    case control::OutgoingCallResult::busy:
      return "the server is busy: it takes no further calls now";
    case control::OutgoingCallResult::do_not_accept:
      return "the server does not accept calls";
    case control::OutgoingCallResult::connected:
    case control::OutgoingCallResult::general_error:
    case control::OutgoingCallResult::no_carrier:
    case control::OutgoingCallResult::no_dial_tone:
    case control::OutgoingCallResult::time_out:
      break;
  }
  return "the server refused the call";
}

}  // namespace

std::string login_error_in_words(unsigned code) {
  switch (code) {
    case 646:
      return "this user may not log in at this hour";
    case 647:
      return "this user's account is disabled";
    case 648:
      return "the password has expired";
    case 649:
      return "this user may not dial in, or is connected already";
    case 691:
      return "unknown user or wrong password";
    case 709:
      return "the password could not be changed";
    case 930:
      return "the server could not check the login";
    default:
      return "error " + std::to_string(code);
  }
}

void Diagnosis::note(const DialedCall::Output& output) {
  std::visit(
      Overloaded{
          [&](const control::CallRefused& o) { call_refused_ = o; },
          [&](const control::CallDisconnected& o) { call_disconnected_ = o; },
          [&](const control::Closed& o) { closed_ = o; },
          [&](const session::Event& event) {
            std::visit(
                Overloaded{
                    [&](const session::Finished& e) { finished_ = e; },
                    [&](const session::LinkEstablished&) { link_established_ = true; },
                    [&](const session::AuthenticationFailed& e) { authentication_failed_ = e; },
                    [&](const session::AuthenticationRefused& e) { authentication_refused_ = e; },
                    [&](const session::PeerTerminates& e) { peer_terminates_ = e; },
                    [](const auto&) {},
                },
                event);
          },
          [](const auto&) {},
      },
      output);
}

Diagnosis::Explanation Diagnosis::explain() const {
  if (finished_) return explain_session(*finished_);
  if (call_refused_) return {why_refused(call_refused_->result), kCannotConnect};
  if (closed_ && closed_->reason == control::CloseReason::stopped) return {"hung up", {}};
  return {closed_ ? closed_->sentence : "the connection ended", kCannotConnect};
}

Diagnosis::Explanation Diagnosis::explain_session(const session::Finished& finished) const {
  if (server_gave_up_on_link(finished)) return gre_blocked(finished.any_frame_received);
  switch (finished.cause) {
    case Cause::hung_up:
      return {"hung up", {}};
    case Cause::peer_hung_up:
      return explain_hang_up(finished);
    case Cause::control_connection_lost:
      return {closed_ ? closed_->sentence : "the control connection ended", kInterrupted};
    case Cause::peer_silent:
      return {"the server does not answer any more", kInterrupted};
    case Cause::lcp_no_answer:
      return gre_blocked(finished.any_frame_received);
    case Cause::lcp_not_converging:
      return {"the server and we could not agree on the link (LCP)", kNotConverging};
    case Cause::authentication_refused:
      return explain_login_method();
    case Cause::authentication_no_answer:
      return {"the server began a login but did not finish it", kTimeout};
    case Cause::authentication_failed:
      return explain_login();
    case Cause::address_refused:
      return {"the server gave us no address", kNoAddress};
    case Cause::network_refused:
      return {"the server and we could not agree on IP (IPCP)", kNoNetworkProtocol};
    case Cause::encryption_refused:
      return {"the server does not encrypt with " + encryption_ + ", which is required here",
              kNoEncryption};
    case Cause::encryption_no_answer:
      return {encryption_ + " is required, but the server did not answer the negotiation (CCP)",
              kNoEncryption};
    case Cause::encryption_lost:
      return {
          "encryption was lost: negotiated anew after it was in use, or thousands of packets "
          "were lost at once",
          kNoEncryption};
    case Cause::setup_timeout:
      return {"the connection was not up in time", kTimeout};
    case Cause::looped_back:
      return {"what we send comes back to us: the line is looped", kLooped};
    // Only a server ends for these.
    case Cause::server_shut_down:
    case Cause::kicked:
    case Cause::superseded:
    case Cause::address_unavailable:
      break;
  }
  return {"the connection ended", kInterrupted};
}

Diagnosis::Explanation Diagnosis::explain_login() const {
  if (!authentication_failed_) return {"the login failed", 691};
  const session::AuthenticationFailed& failed = *authentication_failed_;
  if (failed.failure == auth::LoginFailure::server_not_proved) {
    return {
        "the server could not prove that it knows the password: it may be an impostor, so we "
        "ended the call",
        failed.code};
  }
  std::string sentence =
      "the server refused the login as " + failed.name + ": " + login_error_in_words(failed.code);
  if (!failed.text.empty()) sentence += " (it says: " + printable(failed.text, kLongestText) + ")";
  return {std::move(sentence), failed.code};
}

Diagnosis::Explanation Diagnosis::explain_login_method() const {
  const bool named = authentication_refused_ && authentication_refused_->wanted;
  if (named) {
    return {"the server wants " + std::string(ppp::to_string(*authentication_refused_->wanted)) +
                ", which gives away the password or proves nothing: MS-CHAPv2 is required here",
            kNoLoginMethod};
  }
  if (authentication_refused_ && !authentication_refused_->raw.empty()) {
    return {"the server wants the login method " + authentication_refused_->raw +
                "; MS-CHAPv2 is required here",
            kNoLoginMethod};
  }
  return {
      "the server asks for no login, so that it proves nothing and there are no keys: MS-CHAPv2 "
      "is required here",
      kNoLoginMethod};
}

bool Diagnosis::server_gave_up_on_link(const session::Finished& finished) const {
  const bool by_server =
      finished.cause == Cause::peer_hung_up || finished.cause == Cause::control_connection_lost;
  return by_server && !link_established_ && !peer_terminates_ && finished.duration >= kWasWaiting;
}

Diagnosis::Explanation Diagnosis::explain_hang_up(const session::Finished& finished) const {
  std::string sentence = "the server ended the connection";
  unsigned otherwise = finished.was_connected ? kClosedByServer : kLinkTerminated;
  if (peer_terminates_ && is_about_encryption(peer_terminates_->text)) {
    sentence += " instead of agreeing on " + encryption_ + ", which is required here";
    otherwise = kNoEncryption;
  }
  if (peer_terminates_ && !peer_terminates_->text.empty()) {
    sentence += ": " + printable(peer_terminates_->text, kLongestText);
  } else if (call_disconnected_ &&
             call_disconnected_->result == control::CallDisconnectResult::administrative_shutdown) {
    sentence += ": it is shutting down, or its administrator wants it so";
  }
  // 0 is a plain hang-up.
  const unsigned named = peer_terminates_ ? peer_terminates_->ras_error.value_or(0) : 0;
  return {std::move(sentence), named != 0 ? named : otherwise};
}

}  // namespace upptpd::client
