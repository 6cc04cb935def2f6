#include "session/ppp_link.hpp"

#include <algorithm>
#include <utility>

#include "core/writer.hpp"
#include "session/termination.hpp"

namespace upptpd::session {
namespace {

using ppp::ControlProtocol;
using ppp::Protocol;

/// A layer that goes down more often is not going to stay up.
constexpr unsigned kMostTimesDown = 16;

/// So many of a kind are reported; clients have three or four protocols too many.
constexpr unsigned kMostReported = 8;

/// Whether this is the answer to the last of `awaited` requests.
bool is_last_answer(unsigned& awaited) { return awaited > 0 && --awaited == 0; }

}  // namespace

PppLink::PppLink(Settings settings, RandomSource& random, Instant now)
    : settings_(std::move(settings)),
      random_(random),
      lcp_negotiation_(settings_.lcp, random),
      lcp_(lcp_negotiation_, settings_.restart),
      echo_(settings_.echo) {
  setup_.start(now + settings_.setup_timeout);
  lcp_.open(now);
  pump(now);
}

void PppLink::receive(Protocol protocol, View packet, Instant now) {
  if (protocol == Protocol::lcp) {
    lcp_.receive(packet, now);
    return pump(now);
  }
  if (!lcp_.opened()) return;  // silently, RFC 1661 section 3.4
  auto* authenticating = std::get_if<Authenticating>(&phase_);
  auto* networking = std::get_if<Networking>(&phase_);
  if (protocol == Protocol::chap) {
    if (authenticating != nullptr) authenticating->authenticator.receive(packet, now);
    if (networking != nullptr) networking->authenticator.receive(packet, now);
  } else if (protocol == Protocol::ccp || protocol == Protocol::ipcp) {
    if (networking == nullptr) return;  // nobody is logged in (section 3.5)
    if (protocol == Protocol::ccp) {
      networking->ccp.protocol.receive(packet, now);
    } else {
      receive_ipcp(*networking, packet, now);
    }
  } else {
    reject_protocol(protocol, packet);
  }
  pump(now);
}

void PppLink::receive_ipcp(Networking& networking, View packet, Instant now) {
  if (networking.ipcp) {
    networking.ipcp->protocol.receive(packet, now);
  } else {
    networking.early_ipcp_request.assign(packet.begin(), packet.end());
  }
}

void PppLink::peer_came_up(Instant now) {
  lcp_.peer_came_up(now);
  pump(now);
}

void PppLink::login_verdict(const auth::LoginVerdict& verdict, Instant now) {
  auto* authenticating = std::get_if<Authenticating>(&phase_);
  if (is_last_answer(verdicts_awaited_) && authenticating != nullptr) {
    authenticating->authenticator.answer(verdict, now);
  }
  pump(now);
}

void PppLink::address_assigned(const ppp::IpAssignment& assignment, Instant now) {
  auto* networking = std::get_if<Networking>(&phase_);
  if (!is_last_answer(addresses_awaited_) || networking == nullptr) return;
  outputs_.push(Event(AddressAssigned{assignment.client}));
  networking->client = assignment.client;
  networking->ipcp.emplace(assignment, settings_.restart);
  networking->ipcp->protocol.open(now);
  if (!networking->early_ipcp_request.empty()) {
    networking->ipcp->protocol.receive(std::exchange(networking->early_ipcp_request, {}), now);
  }
  pump(now);
}

void PppLink::address_refused(const std::string& why, Instant now) {
  if (!is_last_answer(addresses_awaited_)) return;
  outputs_.push(Event(AddressUnavailable{why}));
  close(Cause::address_unavailable, now);
}

void PppLink::close(Cause cause, Instant now, std::string detail) {
  if (!cause_) {
    cause_ = cause;
    detail_ = std::move(detail);
  }
  leave_networking();
  phase_.emplace<Terminating>();
  echo_.stop();
  setup_.stop();
  lcp_.close(now, as_view(termination_text(*cause_, detail_)));
  pump(now);
}

void PppLink::advance(Instant now) {
  lcp_.advance(now);
  if (auto* authenticating = std::get_if<Authenticating>(&phase_)) {
    authenticating->authenticator.advance(now);
    if (authenticating->linger.expire(now)) return close(Cause::authentication_failed, now);
  } else if (auto* networking = std::get_if<Networking>(&phase_)) {
    networking->ccp.protocol.advance(now);
    if (networking->ipcp) networking->ipcp->protocol.advance(now);
  }
  switch (echo_.advance(now)) {
    case ppp::LcpEcho::Action::none:
      break;
    case ppp::LcpEcho::Action::send_request:
      probe();
      break;
    case ppp::LcpEcho::Action::peer_is_gone:
      return close(Cause::peer_silent, now);
  }
  if (setup_.expire(now)) return close(Cause::setup_timeout, now);
  pump(now);
}

void PppLink::probe() {
  if (!lcp_.opened()) return;
  lcp_.send(ppp::Code::echo_request, ppp::magic_number_data(link_options().our_magic));
}

Deadline PppLink::deadline() const {
  Deadline at = earlier(earlier(lcp_.deadline(), echo_.deadline()), setup_.deadline());
  if (const auto* authenticating = std::get_if<Authenticating>(&phase_)) {
    at = earlier(at, authenticating->authenticator.deadline());
    at = earlier(at, authenticating->linger.deadline());
  } else if (const auto* networking = std::get_if<Networking>(&phase_)) {
    at = earlier(at, networking->ccp.protocol.deadline());
    if (networking->ipcp) at = earlier(at, networking->ipcp->protocol.deadline());
  }
  return at;
}

// One output at a time, because handling it may end the machine that it came from.
void PppLink::pump(Instant now) {
  while (!ended_ && step(now)) {
  }
}

bool PppLink::step(Instant now) {
  if (auto notice = lcp_negotiation_.next_notice()) {
    handle_notice(*notice, now);
    return true;
  }
  if (auto output = lcp_.next_output()) {
    handle(std::move(*output), Protocol::lcp, now);
    return true;
  }
  if (auto* authenticating = std::get_if<Authenticating>(&phase_)) {
    if (auto output = authenticating->authenticator.next_output()) {
      handle_authenticator(std::move(*output), now);
      return true;
    }
  } else if (auto* networking = std::get_if<Networking>(&phase_)) {
    if (auto output = networking->authenticator.next_output()) {
      handle_authenticator(std::move(*output), now);
      return true;
    }
    if (auto output = networking->ccp.protocol.next_output()) {
      handle(std::move(*output), Protocol::ccp, now);
      return true;
    }
    if (networking->ipcp) {
      if (auto output = networking->ipcp->protocol.next_output()) {
        handle(std::move(*output), Protocol::ipcp, now);
        return true;
      }
    }
  }
  return false;
}

void PppLink::handle(ControlProtocol::Output&& output, Protocol protocol, Instant now) {
  std::visit(Overloaded{
                 [&](ControlProtocol::Send& send) {
                   outputs_.push(SendFrame{protocol, std::move(send.packet)});
                 },
                 [&](ControlProtocol::LayerUp&) { layer_up(protocol, now); },
                 [&](ControlProtocol::LayerDown&) { layer_down(protocol, now); },
                 [&](ControlProtocol::Finished& finished) {
                   layer_finished(protocol, finished.cause, now);
                 },
                 [&](ControlProtocol::TerminateRequested& request) {
                   termination_requested(protocol, request.data, now);
                 },
             },
             output);
}

void PppLink::handle_notice(const ppp::LcpNegotiation::Notice& notice, Instant now) {
  using Lcp = ppp::LcpNegotiation;
  std::visit(
      Overloaded{
          [&](const Lcp::ProtocolRejected& rejected) { protocol_rejected(rejected.protocol, now); },
          [&](const Lcp::Identified& identified) {
            if (identifications_++ >= kMostReported) return;
            outputs_.push(Event(PeerIdentified{bounded_text(identified.text)}));
          },
          [&](const Lcp::AuthenticationRefused& refused) {
            outputs_.push(Event(
                AuthenticationRefused{ppp::from_option(refused.wanted), to_hex(refused.wanted)}));
            if (!cause_) cause_ = Cause::authentication_refused;
          },
      },
      notice);
}

void PppLink::handle_authenticator(auth::ChapAuthenticator::Output&& output, Instant now) {
  using Chap = auth::ChapAuthenticator;
  std::visit(
      Overloaded{
          [&](Chap::Send& send) {
            outputs_.push(SendFrame{Protocol::chap, std::move(send.packet)});
          },
          [&](Chap::Verify& verify) {
            ++verdicts_awaited_;
            outputs_.push(VerifyLogin{std::move(verify.request)});
          },
          [&](Chap::Succeeded& succeeded) { login_succeeded(std::move(succeeded), now); },
          [&](Chap::Failed& failed) {
            outputs_.push(Event(AuthenticationFailed{failed.name, failed.failure, failed.code}));
            std::get<Authenticating>(phase_).linger.start(now + settings_.failure_linger);
            cause_ = Cause::authentication_failed;
          },
          [&](Chap::NoResponse&) { close(Cause::authentication_no_answer, now); },
      },
      output);
}

void PppLink::login_succeeded(auth::ChapAuthenticator::Succeeded&& login, Instant now) {
  outputs_.push(Event(AuthenticationSucceeded{login.user}));
  outputs_.push(AssignAddress{login.user});
  ++addresses_awaited_;
  lcp_.peer_went_on();
  auth::ChapAuthenticator used = std::move(std::get<Authenticating>(phase_).authenticator);
  auto& networking =
      phase_.emplace<Networking>(std::move(used), std::move(login), settings_.restart);
  networking.ccp.protocol.open(now);
}

void PppLink::termination_requested(Protocol protocol, View data, Instant now) {
  report_termination(data);
  if (protocol == Protocol::ccp) {
    const auto& negotiation = std::get<Networking>(phase_).ccp.negotiation;
    outputs_.push(Event(EncryptionRefused{negotiation.peer_offer()}));
    return close(Cause::encryption_refused, now);
  }
  if (protocol == Protocol::ipcp) return close(Cause::network_refused, now);
  if (!cause_) cause_ = Cause::peer_hung_up;
  // Opened, it is stopping now. While it negotiates, the RFC's automaton would just go on.
  if (lcp_.state() != ppp::State::stopping) lcp_.close(now);
}

void PppLink::layer_up(Protocol protocol, Instant now) {
  if (protocol == Protocol::lcp) {
    // A link that has a reason to end does not get another login by negotiating anew.
    if (cause_) return lcp_.close(now);
    outputs_.push(Event(LinkEstablished{link_options().peer_mru}));
    echo_.start(now);
    phase_.emplace<Authenticating>(auth::ChapAuthenticator(
        {settings_.server_name, settings_.restart, ++logins_}, random_, now));
    return;
  }
  auto& networking = std::get<Networking>(phase_);
  protocol == Protocol::ccp ? encryption_opened(networking, now) : network_opened(networking, now);
}

void PppLink::encryption_opened(Networking& networking, Instant now) {
  if (!networking.ccp.negotiation.agreed()) {
    outputs_.push(Event(EncryptionRefused{networking.ccp.negotiation.peer_offer()}));
    return close(Cause::encryption_refused, now);
  }
  outputs_.push(EncryptionUp{networking.keys});
  outputs_.push(Event(EncryptionStarted{}));
  traffic_may_flow(networking);
}

void PppLink::network_opened(Networking& networking, Instant now) {
  if (!networking.ipcp->negotiation.client_address_agreed()) {
    return close(Cause::address_refused, now);
  }
  traffic_may_flow(networking);
}

void PppLink::traffic_may_flow(Networking& networking) {
  const bool both =
      networking.ccp.protocol.opened() && networking.ipcp && networking.ipcp->protocol.opened();
  if (!both || networking.network_up) return;
  networking.network_up = true;
  setup_.stop();
  outputs_.push(NetworkUp{networking.user, networking.client});
}

void PppLink::layer_down(Protocol protocol, Instant now) {
  if (protocol == Protocol::lcp) {
    leave_networking();
    echo_.stop();
    phase_.emplace<Establishing>();
    came_down(now);
    return;
  }
  auto& networking = std::get<Networking>(phase_);
  if (std::exchange(networking.network_up, false)) outputs_.push(NetworkDown{});
  if (protocol == Protocol::ccp) outputs_.push(EncryptionDown{true});
  came_down(now);
}

// Negotiating anew is limited in time like the first time, and in number: each is work, and lines
// in the log.
void PppLink::came_down(Instant now) {
  if (cause_) return;
  if (++times_down_ > kMostTimesDown) return close(Cause::lcp_not_converging, now);
  if (!setup_.running()) setup_.start(now + settings_.setup_timeout);
}

void PppLink::leave_networking() {
  auto* networking = std::get_if<Networking>(&phase_);
  if (networking == nullptr) return;
  if (networking->network_up) outputs_.push(NetworkDown{});
  outputs_.push(EncryptionDown{false});
}

void PppLink::layer_finished(Protocol protocol, ControlProtocol::Cause cause, Instant now) {
  if (protocol == Protocol::lcp) return lcp_finished(cause);
  const bool silent = cause == ControlProtocol::Cause::no_answer;
  if (protocol == Protocol::ccp) {
    const auto& negotiation = std::get<Networking>(phase_).ccp.negotiation;
    outputs_.push(Event(EncryptionRefused{negotiation.peer_offer()}));
    return close(silent ? Cause::encryption_no_answer : Cause::encryption_refused, now);
  }
  close(Cause::network_refused, now);
}

void PppLink::lcp_finished(ControlProtocol::Cause cause) {
  if (!cause_) {
    switch (cause) {
      case ControlProtocol::Cause::closed:
      case ControlProtocol::Cause::terminated:
        cause_ = Cause::peer_hung_up;
        break;
      case ControlProtocol::Cause::no_answer:
        cause_ = Cause::lcp_no_answer;
        break;
      case ControlProtocol::Cause::not_converging:
      case ControlProtocol::Cause::rejected:
        cause_ = Cause::lcp_not_converging;
        break;
    }
  }
  leave_networking();
  phase_.emplace<Terminating>();
  echo_.stop();
  setup_.stop();
  ended_ = true;
  outputs_.push(Ended{*cause_, detail_});
}

void PppLink::reject_protocol(Protocol protocol, View packet) {
  const std::size_t room = link_options().peer_mru - 6U;  // LCP header and the protocol's number
  const View shown = packet.first(std::min(packet.size(), room));
  Bytes data(2 + shown.size());
  Writer writer(data);
  writer.u16(static_cast<std::uint16_t>(protocol));
  writer.bytes(shown);
  lcp_.send(ppp::Code::protocol_reject, data);
  if (rejected_.size() < kMostReported && std::ranges::count(rejected_, protocol) == 0) {
    rejected_.push_back(protocol);
    outputs_.push(Event(ProtocolRejected{protocol}));
  }
}

void PppLink::protocol_rejected(Protocol protocol, Instant now) {
  auto* networking = std::get_if<Networking>(&phase_);
  if (protocol == Protocol::lcp) {
    lcp_.protocol_rejected(now);
  } else if (networking != nullptr && protocol == Protocol::ccp) {
    networking->ccp.protocol.protocol_rejected(now);
  } else if (networking != nullptr && protocol == Protocol::ipcp && networking->ipcp) {
    networking->ipcp->protocol.protocol_rejected(now);
  } else if (protocol == Protocol::chap) {
    close(Cause::authentication_refused, now);
  }
}

void PppLink::report_termination(View data) {
  if (data.empty() || std::exchange(termination_reported_, true)) return;
  outputs_.push(Event(parse_termination(data)));
}

}  // namespace upptpd::session
