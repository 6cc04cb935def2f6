#include "session/ppp_link.hpp"

#include <algorithm>
#include <utility>

#include "core/writer.hpp"
#include "ppp/ipcp_client.hpp"
#include "session/termination.hpp"

namespace upptpd::session {
namespace {

using ppp::ControlProtocol;
using ppp::Protocol;

/// A layer that goes down more often is not going to stay up.
constexpr unsigned kMostTimesDown = 16;

/// Whether this is the answer to the last of `awaited` requests.
bool is_last_answer(unsigned& awaited) { return awaited > 0 && --awaited == 0; }

}  // namespace

PppLink::Networking::Networking(std::unique_ptr<auth::LoginExchange> used,
                                auth::LoginExchange::Succeeded&& succeeded,
                                const Settings& settings, Instant now)
    : login(std::move(used)),
      user(std::move(succeeded.user)),
      keys(succeeded.keys),
      layers(settings.restart, mppe_bits(settings.strength), now) {}

PppLink::PppLink(Settings settings, const crypto::Library& library, RandomSource& random,
                 Instant now)
    : settings_(std::move(settings)),
      library_(library),
      random_(random),
      lcp_negotiation_(lcp_settings(settings_), random),
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
    if (authenticating != nullptr) authenticating->login->receive(packet, now);
    if (networking != nullptr) networking->login->receive(packet, now);
  } else if (protocol == Protocol::ccp || protocol == Protocol::ipcp) {
    if (networking == nullptr) return;  // nobody is logged in (section 3.5)
    networking->layers.receive(protocol, packet, now);
  } else {
    reject_protocol(protocol, packet);
  }
  pump(now);
}

void PppLink::peer_came_up(Instant now) {
  lcp_.peer_came_up(now);
  pump(now);
}

void PppLink::login_verdict(const auth::LoginVerdict& verdict, Instant now) {
  auto* authenticating = std::get_if<Authenticating>(&phase_);
  if (is_last_answer(verdicts_awaited_) && authenticating != nullptr) {
    authenticating->login->answer(verdict, now);
  }
  pump(now);
}

void PppLink::address_assigned(const ppp::IpAssignment& assignment, Instant now) {
  auto* networking = std::get_if<Networking>(&phase_);
  if (!is_last_answer(addresses_awaited_) || networking == nullptr) return;
  outputs_.push(Event(AddressAssigned{assignment.client}));
  networking->layers.open_ip(std::make_unique<ppp::IpcpNegotiation>(assignment), now);
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
    authenticating->login->advance(now);
    if (authenticating->linger.expire(now)) return close(Cause::authentication_failed, now);
  } else if (auto* networking = std::get_if<Networking>(&phase_)) {
    networking->login->advance(now);
    networking->layers.advance(now);
  }
  switch (echo_.advance(now)) {
    case ppp::LcpEcho::Action::none:
      break;
    case ppp::LcpEcho::Action::send_request:
      probe(now);
      break;
    case ppp::LcpEcho::Action::peer_is_gone:
      return close(Cause::peer_silent, now);
  }
  if (setup_.expire(now)) return close(Cause::setup_timeout, now);
  pump(now);
}

void PppLink::probe(Instant now) {
  if (!lcp_.opened()) return;
  lcp_.send(ppp::Code::echo_request, ppp::magic_number_data(link_options().our_magic));
  pump(now);
}

Deadline PppLink::deadline() const {
  Deadline at = earlier(earlier(lcp_.deadline(), echo_.deadline()), setup_.deadline());
  if (const auto* authenticating = std::get_if<Authenticating>(&phase_)) {
    at = earlier(at, authenticating->login->deadline());
    at = earlier(at, authenticating->linger.deadline());
  } else if (const auto* networking = std::get_if<Networking>(&phase_)) {
    at = earlier(at, networking->login->deadline());
    at = earlier(at, networking->layers.deadline());
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
    if (auto output = authenticating->login->next_output()) {
      handle_login(std::move(*output), now);
      return true;
    }
  } else if (auto* networking = std::get_if<Networking>(&phase_)) {
    if (auto output = networking->login->next_output()) {
      handle_login(std::move(*output), now);
      return true;
    }
    if (auto output = networking->layers.next_output()) {
      handle(std::move(output->what), output->protocol, now);
      return true;
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
          [&](const Lcp::Identified& identified) { emit(reports_.identified(identified.text)); },
          [&](const Lcp::AuthenticationRefused& refused) {
            outputs_.push(Event(
                AuthenticationRefused{ppp::from_option(refused.wanted), to_hex(refused.wanted)}));
            if (!cause_) cause_ = Cause::authentication_refused;
          },
      },
      notice);
}

void PppLink::handle_login(auth::LoginExchange::Output&& output, Instant now) {
  using Login = auth::LoginExchange;
  std::visit(Overloaded{
                 [&](Login::Send& send) {
                   outputs_.push(SendFrame{Protocol::chap, std::move(send.packet)});
                 },
                 [&](Login::Verify& verify) {
                   ++verdicts_awaited_;
                   outputs_.push(VerifyLogin{std::move(verify.request)});
                 },
                 [&](Login::Succeeded& succeeded) { login_succeeded(std::move(succeeded), now); },
                 [&](Login::Failed& failed) { login_failed(std::move(failed), now); },
                 [&](Login::NoAnswer&) { close(Cause::authentication_no_answer, now); },
             },
             output);
}

void PppLink::login_succeeded(auth::LoginExchange::Succeeded&& succeeded, Instant now) {
  const std::string user = succeeded.user;
  outputs_.push(Event(AuthenticationSucceeded{user}));
  lcp_.peer_went_on();
  auto login = std::move(std::get<Authenticating>(phase_).login);
  auto& networking =
      phase_.emplace<Networking>(std::move(login), std::move(succeeded), settings_, now);
  if (settings_.we_are_client()) {
    networking.layers.open_ip(std::make_unique<ppp::IpcpClientNegotiation>(), now);
  } else {
    outputs_.push(AssignAddress{user});
    ++addresses_awaited_;
  }
}

void PppLink::login_failed(auth::LoginExchange::Failed&& failed, Instant now) {
  outputs_.push(Event(AuthenticationFailed{std::move(failed.name), failed.failure, failed.code,
                                           std::move(failed.text)}));
  if (settings_.we_are_client()) return close(Cause::authentication_failed, now);
  std::get<Authenticating>(phase_).linger.start(now + settings_.failure_linger);
  cause_ = Cause::authentication_failed;
}

void PppLink::termination_requested(Protocol protocol, View data, Instant now) {
  emit(reports_.terminates(data));
  if (protocol == Protocol::ccp) return encryption_refused(Cause::encryption_refused, now);
  if (protocol == Protocol::ipcp) return close(Cause::network_refused, now);
  report_unacceptable_login();
  report_ccp_given_up();
  if (!cause_) cause_ = Cause::peer_hung_up;
  // Opened, it is stopping now. While it negotiates, the RFC's automaton would just go on.
  if (lcp_.state() != ppp::State::stopping) lcp_.close(now);
}

void PppLink::layer_up(Protocol protocol, Instant now) {
  if (protocol == Protocol::lcp) {
    // A link that has a reason to end does not get another login by negotiating anew.
    if (cause_) return lcp_.close(now);
    return link_established(now);
  }
  auto& networking = std::get<Networking>(phase_);
  if (protocol == Protocol::ccp) return encryption_opened(networking, now);
  if (!networking.layers.addresses()) return close(Cause::address_refused, now);
  traffic_may_flow(networking);
}

void PppLink::link_established(Instant now) {
  outputs_.push(Event(LinkEstablished{link_options().peer_mru}));
  echo_.start(now);
  if (settings_.we_are_client() && !link_options().we_log_in) {
    // Without a login there are no keys, and nobody to trust.
    const Bytes wanted = lcp_negotiation_.unacceptable_login().value_or(Bytes());
    outputs_.push(Event(AuthenticationRefused{ppp::from_option(wanted), to_hex(wanted)}));
    return close(Cause::authentication_refused, now);
  }
  phase_.emplace<Authenticating>(begin_login(settings_, ++logins_, library_, random_, now));
}

void PppLink::encryption_opened(Networking& networking, Instant now) {
  if (!networking.layers.ccp().agreed()) return encryption_refused(Cause::encryption_refused, now);
  outputs_.push(EncryptionUp{networking.keys});
  outputs_.push(Event(EncryptionStarted{}));
  traffic_may_flow(networking);
}

void PppLink::encryption_refused(Cause cause, Instant now) {
  outputs_.push(Event(EncryptionRefused{std::get<Networking>(phase_).layers.ccp().peer_offer()}));
  close(cause, now);
}

void PppLink::traffic_may_flow(Networking& networking) {
  const auto addresses = networking.layers.addresses();
  if (!networking.layers.opened() || !addresses || networking.network_up) return;
  networking.network_up = true;
  setup_.stop();
  outputs_.push(NetworkUp{networking.user, *addresses});
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
  const Cause about_ccp = silent ? Cause::encryption_no_answer : Cause::encryption_refused;
  if (protocol == Protocol::ccp) return encryption_refused(about_ccp, now);
  close(Cause::network_refused, now);
}

void PppLink::lcp_finished(ControlProtocol::Cause cause) {
  report_unacceptable_login();
  if (!cause_) cause_ = cause_of_lcp_end(cause);
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
  emit(reports_.protocol_rejected(protocol));
}

void PppLink::protocol_rejected(Protocol protocol, Instant now) {
  auto* networking = std::get_if<Networking>(&phase_);
  if (protocol == Protocol::lcp) {
    lcp_.protocol_rejected(now);
  } else if (networking != nullptr) {
    networking->layers.protocol_rejected(protocol, now);
  }
  if (protocol == Protocol::chap) {
    close(Cause::authentication_refused, now);
  }
}

// A link that ends while the server wants a login that we don't do ends because of that.
void PppLink::report_unacceptable_login() {
  const auto& wanted = lcp_negotiation_.unacceptable_login();
  if (cause_ || !wanted || lcp_.opened()) return;
  outputs_.push(Event(AuthenticationRefused{ppp::from_option(*wanted), to_hex(*wanted)}));
  cause_ = Cause::authentication_refused;
}

// The peer may be quicker to end the link than CCP is to end.
void PppLink::report_ccp_given_up() {
  const auto* networking = std::get_if<Networking>(&phase_);
  if (cause_ || networking == nullptr || !networking->layers.ccp_given_up()) return;
  outputs_.push(Event(EncryptionRefused{networking->layers.ccp().peer_offer()}));
  cause_ = Cause::encryption_refused;
}

void PppLink::emit(std::optional<Event> event) {
  if (event) outputs_.push(std::move(*event));
}

}  // namespace upptpd::session
