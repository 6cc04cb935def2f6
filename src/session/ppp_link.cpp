#include "session/ppp_link.hpp"

#include <algorithm>
#include <utility>

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

PppLink::PppLink(Settings settings, const crypto::Library& library, RandomSource& random,
                 Instant now)
    : settings_(std::move(settings)),
      library_(library),
      random_(random),
      lcp_negotiation_(lcp_settings(settings_), random),
      lcp_(lcp_negotiation_, settings_.restart),
      echo_(settings_.echo),
      client_(settings_.client) {
  setup_.start(now + settings_.setup_timeout);
  lcp_.open(now);
  pump(now);
}

void PppLink::receive(Protocol protocol, View packet, Instant now) {
  if (protocol == Protocol::lcp) {
    lcp_.receive(packet, now);
    return pump(now);
  }
  if (!lcp_.opened()) return drop(DropReason::control_unexpected);  // RFC 1661 section 3.4
  if (protocol == Protocol::chap || protocol == Protocol::pap) {
    receive_login(protocol, packet, now);
  } else if (protocol == Protocol::ccp || protocol == Protocol::ipcp) {
    receive_network_control(protocol, packet, now);
  } else {
    reject_protocol(protocol, packet);
  }
  pump(now);
}

auth::LoginExchange* PppLink::login() const {
  const auto* networking = std::get_if<Networking>(&phase_);
  if (networking != nullptr) return networking->login.get();
  const auto* authenticating = std::get_if<Authenticating>(&phase_);
  return authenticating != nullptr ? authenticating->login.get() : nullptr;
}

void PppLink::receive_login(Protocol protocol, View packet, Instant now) {
  auth::LoginExchange* exchange = login();
  const bool expected = exchange != nullptr && exchange->protocol() == protocol;
  expected ? exchange->receive(packet, now) : drop(DropReason::login_unexpected);
}

void PppLink::receive_network_control(Protocol protocol, View packet, Instant now) {
  auto* networking = std::get_if<Networking>(&phase_);
  if (networking == nullptr) return drop(DropReason::control_unexpected);  // RFC 1661 section 3.5
  if (protocol == Protocol::ccp && note_ccp_request(client_, packet)) recognise();
  if (networking->layers.speaks(protocol)) return networking->layers.receive(protocol, packet, now);
  if (client_.mppe_bits) {
    emit(reports_.encryption_refused(networking->layers.encryption_policy(), client_.mppe_bits));
  }
  reject_protocol(protocol, packet);
}

void PppLink::packets_missing(Instant now) {
  if (auto* networking = std::get_if<Networking>(&phase_)) networking->layers.packets_missing(now);
  pump(now);
}

void PppLink::peer_came_up(Instant now) {
  lcp_.peer_came_up(now);
  pump(now);
}

void PppLink::login_verdict(const auth::LoginVerdict& verdict, Instant now) {
  auth::LoginExchange* exchange = login();
  if (is_last_answer(verdicts_awaited_) && exchange != nullptr) exchange->answer(verdict, now);
  pump(now);
}

void PppLink::address_assigned(const ppp::IpAssignment& assignment, Instant now) {
  auto* networking = std::get_if<Networking>(&phase_);
  if (!std::exchange(address_awaited_, false) || networking == nullptr) return;
  outputs_.push(Event(AddressAssigned{assignment.client}));
  networking->layers.open_ip(std::make_unique<ppp::IpcpNegotiation>(assignment), now);
  pump(now);
}

void PppLink::address_refused(const std::string& why, Instant now) {
  if (!std::exchange(address_awaited_, false)) return;
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
  if (auth::LoginExchange* exchange = login()) exchange->advance(now);
  if (auto* authenticating = std::get_if<Authenticating>(&phase_)) {
    if (authenticating->linger.expire(now)) return close(Cause::authentication_failed, now);
  } else if (auto* networking = std::get_if<Networking>(&phase_)) {
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
  if (const auth::LoginExchange* exchange = login()) at = earlier(at, exchange->deadline());
  if (const auto* authenticating = std::get_if<Authenticating>(&phase_)) {
    at = earlier(at, authenticating->linger.deadline());
  } else if (const auto* networking = std::get_if<Networking>(&phase_)) {
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
    handle_lcp(std::move(*output), now);
    return true;
  }
  if (auth::LoginExchange* exchange = login()) {
    if (auto output = exchange->next_output()) {
      handle_login(std::move(*output), exchange->protocol(), now);
      return true;
    }
  }
  if (auto* networking = std::get_if<Networking>(&phase_)) {
    if (auto output = networking->layers.next_output()) {
      handle_network(std::move(*output), now);
      return true;
    }
  }
  return false;
}

void PppLink::handle_lcp(ControlProtocol::Output&& output, Instant now) {
  std::visit(Overloaded{
                 [&](ControlProtocol::Send& send) {
                   outputs_.push(SendFrame{Protocol::lcp, std::move(send.packet)});
                 },
                 [&](ControlProtocol::LayerUp&) {
                   // A link that has a reason to end does not get another login by negotiating
                   // anew.
                   cause_ ? lcp_.close(now) : link_established(now);
                 },
                 [&](ControlProtocol::LayerDown&) { link_down(now); },
                 [&](ControlProtocol::Finished& finished) { lcp_finished(finished.cause); },
                 [&](ControlProtocol::TerminateRequested& request) {
                   emit(reports_.terminates(request.data));
                   peer_terminates(now);
                 },
                 [&](ControlProtocol::Dropped& dropped) { drop(dropped.reason); },
             },
             output);
}

void PppLink::handle_network(NetworkPhase::Output&& output, Instant now) {
  std::visit(Overloaded{
                 [&](NetworkPhase::CameDown&) { came_down(now); },
                 [&](NetworkPhase::PeerTerminates& end) { emit(reports_.terminates(end.data)); },
                 [&](NetworkPhase::Failed& failed) { close(failed.cause, now); },
                 [&](NetworkUp& up) {
                   setup_.stop();
                   outputs_.push(std::move(up));
                 },
                 [&](auto& passed_on) { outputs_.push(std::move(passed_on)); },
             },
             output);
}

void PppLink::handle_notice(const ppp::LcpNegotiation::Notice& notice, Instant now) {
  using Lcp = ppp::LcpNegotiation;
  std::visit(
      Overloaded{
          [&](const Lcp::ProtocolRejected& rejected) { protocol_rejected(rejected.protocol, now); },
          [&](const Lcp::Identified& identified) {
            emit(reports_.identified(identified.text));
            if (note_identification(client_, identified.text)) recognise();
          },
          [&](const Lcp::AuthenticationRefused& refused) {
            report_authentication_refused(refused.wanted);
            if (!cause_) cause_ = Cause::authentication_refused;
          },
          [&](const Lcp::FirstRequest&) { recognise(); },
          [&](const Lcp::LoopedBack&) { close(Cause::looped_back, now); },
      },
      notice);
}

void PppLink::handle_login(auth::LoginExchange::Output&& output, Protocol protocol, Instant now) {
  using Login = auth::LoginExchange;
  std::visit(Overloaded{
                 [&](Login::Send& send) {
                   outputs_.push(SendFrame{protocol, std::move(send.packet)});
                 },
                 [&](Login::Verify& verify) {
                   ++verdicts_awaited_;
                   outputs_.push(VerifyLogin{std::move(verify.request)});
                 },
                 [&](Login::Succeeded& succeeded) { login_succeeded(std::move(succeeded), now); },
                 [&](Login::Failed& failed) { login_failed(std::move(failed), now); },
                 [&](Login::NoAnswer&) { close(Cause::authentication_no_answer, now); },
                 [&](Login::Dropped& dropped) { drop(dropped.reason); },
             },
             output);
}

void PppLink::login_succeeded(auth::LoginExchange::Succeeded&& succeeded, Instant now) {
  if (auto* authenticating = std::get_if<Authenticating>(&phase_)) {
    outputs_.push(Event(AuthenticationSucceeded{succeeded.user, authenticating->method}));
    return begin_networking(std::move(authenticating->login), std::move(succeeded), now);
  }
  // Challenged again. The keys of a link are those of its first login (RFC 3079 section 3).
  const NetworkPhase& layers = std::get<Networking>(phase_).layers;
  if (succeeded.user != layers.user()) return close(Cause::authentication_failed, now);
  if (layers.network_is_up()) setup_.stop();  // which another try had started
  outputs_.push(Event(AuthenticationRenewed{}));
}

void PppLink::begin_networking(std::unique_ptr<auth::LoginExchange> used,
                               auth::LoginExchange::Succeeded&& succeeded, Instant now) {
  if (settings_.we_are_client()) succeeded.encryption = settings_.encryption;
  const auto encryption = succeeded.encryption.limited_to(auth::strengths_of(succeeded.keys));
  if (!encryption) {
    outputs_.push(Event(EncryptionRefused{succeeded.encryption, {}, /*no_keys=*/true}));
    return close(Cause::encryption_refused, now);
  }
  lcp_.peer_went_on();
  NetworkPhase::Settings network{std::move(succeeded.user), std::move(succeeded.keys), *encryption,
                                 settings_.restart, quirks_of(client_)};
  auto& layers = phase_.emplace<Networking>(std::move(used), std::move(network), now).layers;
  if (settings_.we_are_client()) {
    layers.open_ip(std::make_unique<ppp::IpcpClientNegotiation>(), now);
  } else {
    outputs_.push(AssignAddress{layers.user()});
    address_awaited_ = true;
  }
}

void PppLink::login_failed(auth::LoginExchange::Failed&& failed, Instant now) {
  outputs_.push(Event(AuthenticationFailed{std::move(failed.name), failed.failure, failed.code,
                                           std::move(failed.text), failed.may_try_again}));
  if (failed.may_try_again) return setup_.start(now + settings_.setup_timeout);
  auto* authenticating = std::get_if<Authenticating>(&phase_);
  if (settings_.we_are_client() || authenticating == nullptr) {
    return close(Cause::authentication_failed, now);
  }
  authenticating->linger.start(now + settings_.failure_linger);
  cause_ = Cause::authentication_failed;
}

void PppLink::peer_terminates(Instant now) {
  report_unacceptable_login();
  report_encryption_given_up();
  if (!cause_) cause_ = Cause::peer_hung_up;
  // Opened, it is stopping now. While it negotiates, the RFC's automaton would just go on.
  if (lcp_.state() != ppp::State::stopping) lcp_.close(now);
}

void PppLink::link_established(Instant now) {
  outputs_.push(Event(LinkEstablished{link_options().peer_mru}));
  echo_.start(now);
  if (settings_.we_are_client() && !link_options().we_log_in) {
    // Without a login there are no keys, and nobody to trust.
    report_authentication_refused(lcp_negotiation_.unacceptable_login().value_or(Bytes()));
    return close(Cause::authentication_refused, now);
  }
  const ppp::AuthMethod method =
      settings_.we_are_client() ? ppp::AuthMethod::ms_chap_v2 : link_options().peer_logs_in_by;
  auto exchange = begin_login(settings_, method, ++logins_, library_, random_, now);
  if (exchange) {
    phase_.emplace<Authenticating>(std::move(exchange), method);
  } else {
    outputs_.push(Event(AuthenticationSkipped{}));
    begin_networking(nullptr, {{}, {}, settings_.encryption}, now);
  }
}

void PppLink::link_down(Instant now) {
  leave_networking();
  echo_.stop();
  phase_.emplace<Establishing>();
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
  address_awaited_ = false;
  if (networking->layers.network_is_up()) outputs_.push(NetworkDown{});
  outputs_.push(EncryptionDown{false});
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
  lcp_.send(ppp::Code::protocol_reject,
            ppp::protocol_reject_data(protocol, packet, link_options().peer_mru));
  emit(reports_.protocol_rejected(protocol));
}

void PppLink::protocol_rejected(Protocol protocol, Instant now) {
  auto* networking = std::get_if<Networking>(&phase_);
  if (protocol == Protocol::lcp) {
    lcp_.protocol_rejected(now);
  } else if (networking != nullptr) {
    networking->layers.protocol_rejected(protocol, now);
  }
  const auth::LoginExchange* exchange = login();
  if (exchange != nullptr && exchange->protocol() == protocol) {
    close(Cause::authentication_refused, now);
  }
}

}  // namespace upptpd::session
