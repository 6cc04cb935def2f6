#include "server/served_call.hpp"

#include <algorithm>
#include <utility>

#include "net/clock.hpp"
#include "server/local_time.hpp"

namespace upptpd::server {
namespace {

session::Session::Settings session_settings(Services& services, const ServedCall::Outer& outer) {
  const config::Config& config = services.config;
  session::Session::Settings settings;
  settings.link.methods = services.verifier.methods_worth_asking(*services.secrets.current());
  settings.link.encryption = config.encryption;
  settings.link.rechallenge = config.auth.rechallenge;
  settings.link.retries = config.auth.retries;
  settings.link.password_change = config.auth.password_change;
  settings.link.client = outer.client;
  settings.link.mru = static_cast<std::uint16_t>(config.network.mtu);
  settings.link.server_name = config.auth.server_name;
  settings.link.echo.interval = config.ppp.lcp_echo_interval;
  settings.link.echo.failure = config.ppp.lcp_echo_failure;
  settings.mss_clamp = config.network.mss_clamp;
  settings.dhcp = services.dhcp;
  settings.peer_call_id = outer.peer_call_id;
  settings.peer = outer.peer;
  settings.local = outer.local;
  return settings;
}

}  // namespace

ServedCall::ServedCall(Services& services, CallId id, const Outer& outer, Instant now)
    : services_(services),
      id_(id),
      outer_(outer),
      session_(session_settings(services, outer), services.environment, now),
      hooks_(services.hooks) {
  services_.sessions.add(id_, *this);
}

ServedCall::~ServedCall() {
  give_back();
  services_.sessions.remove(id_);
  services_.sessions.release(id_);
}

void ServedCall::receive(Packet packet, const gre::Header& header, Instant now) {
  if (packet->peer != outer_.peer) return session_.drop(DropReason::gre_wrong_peer);
  if (packet->largest_fragment != 0) note_fragment(*packet);
  session_.receive(std::move(packet), header, now);
  drain(now);
}

// What the path fragments costs each packet twice, and is lost where a firewall drops fragments.
void ServedCall::note_fragment(const PacketBuffer& packet) {
  if (std::exchange(fragments_told_, true)) return;
  // IP, GRE with both numbers, PPP with address and control.
  constexpr unsigned kOuterHeaders = 20 + 16 + 4;
  std::string message = "the client's packets arrive in fragments, since the path to it is narrow";
  if (packet.largest_fragment >= config::kSmallestMtu + kOuterHeaders) {
    message += "; with network.mtu = " + std::to_string(packet.largest_fragment - kOuterHeaders) +
               " they would fit";
  }
  services_.log.warn(observe::Line("outer_path_fragments")
                         .add("call", id_.value())
                         .add("peer", outer_.peer.to_string())
                         .add("fragment", packet.largest_fragment)
                         .add("message", message));
}

void ServedCall::refuse(const session::DataPath::Refusal& refusal, Instant now) {
  session_.refuse(refusal);
  drain(now);
}

void ServedCall::link_info_received(Instant now) {
  session_.link_info_received(now);
  drain(now);
}

void ServedCall::hang_up(session::Cause cause, Instant now, std::string detail) {
  session_.hang_up(cause, now, std::move(detail));
  drain(now);
}

void ServedCall::cleared(session::Cause cause, Instant now) {
  session_.call_cleared(cause, now);
  drain(now);
}

void ServedCall::advance(Instant now) {
  session_.advance(now);
  drain(now);
  if (waiting_login_ && now >= waiting_login_->until) decide_login(now);
}

Deadline ServedCall::deadline() const {
  if (!waiting_login_) return session_.deadline();
  return earlier(session_.deadline(), waiting_login_->until);
}

void ServedCall::drain(Instant now) {
  while (auto output = session_.next_output()) {
    std::visit(
        Overloaded{
            [&](session::Session::VerifyLogin& verify_login) { verify(verify_login.request, now); },
            [&](session::Session::AssignAddress&) { assign_address(now); },
            [&](session::Event& event) { note(event, now); },
        },
        *output);
  }
}

void ServedCall::verify(const auth::LoginRequest& request, Instant now) {
  // Who negotiates the link anew does not get around the wait, nor another guess.
  if (give_up_refusal(now)) return session_.hang_up(session::Cause::authentication_failed, now);
  // What a link that was negotiated anew had asked before wants an answer that no longer counts.
  if (std::exchange(waiting_login_, {})) session_.login_verdict(auth::LoginRefused{}, now);
  const auth::LoginVerdict verdict = judge(request, now);
  Duration wait{};
  if (const auto* refused = std::get_if<auth::LoginRefused>(&verdict)) {
    wait = punish(refused->failure, request.name, now);
  } else {
    login_name_ = request.name;
    const std::string& user = std::get<auth::LoginAccepted>(verdict).user;
    // Challenged again, it would be no second session of the user's.
    const bool again = connected_since_ && user == user_;
    const bool denies = services_.config.auth.same_user == config::SameUser::deny;
    if (!again && denies && probe_others_of(user, now)) wait = kSignOfLifeTime;
  }
  if (wait == Duration{}) return session_.login_verdict(verdict, now);
  waiting_login_ = WaitingLogin{request.name, verdict, now, now + wait};
}

/// The client does not hear its refusal any more, which is told and counted all the same. False if
/// none is held back.
bool ServedCall::give_up_refusal(Instant now) {
  if (!waiting_login_) return false;
  const auto* refused = std::get_if<auth::LoginRefused>(&waiting_login_->verdict);
  if (refused == nullptr) return false;
  const session::AuthenticationFailed failed{waiting_login_->name, refused->failure,
                                             auth::error_code(refused->failure)};
  waiting_login_.reset();
  note(session::Event(failed), now);
  return true;
}

auth::LoginVerdict ServedCall::judge(const auth::LoginRequest& request, Instant now) {
  // Connections that were open before the block are no way around it. Who is connected and is
  // challenged again has nothing to do with it.
  const bool again = connected_since_ && request.name == login_name_;
  if (!again && services_.guard.blocked(outer_.peer, now)) {
    return auth::LoginRefused{auth::LoginFailure::address_blocked};
  }
  const auto users = services_.secrets.current();
  report_notices(services_.secrets, services_.log);
  auto verdict = services_.verifier.verify(request, *users, local_time());
  const auto* login = std::get_if<auth::LoginAccepted>(&verdict);
  if (login == nullptr || !login->new_password) return verdict;
  if (!store_password(request.name, *login->new_password)) {
    return auth::LoginRefused{auth::LoginFailure::bad_new_password};
  }
  note(session::Event(session::PasswordChanged{login->user}), now);
  return verdict;
}

/// How long the refusal is held back.
Duration ServedCall::punish(auth::LoginFailure failure, const std::string& name, Instant now) {
  if (failure == auth::LoginFailure::address_blocked) return auth::LoginGuard::kLongestDelay;
  if (!auth::may_be_a_guess(failure)) return {};
  const std::string user(services_.verifier.user_name(name));
  const auto [delay, blocks] = services_.guard.failed(outer_.peer, user, now);
  if (blocks) {
    services_.log.warn(observe::Line("address_blocked")
                           .add("peer", outer_.peer.to_string())
                           .add("failed_logins", services_.config.limits.login_failures)
                           .add("seconds", services_.config.limits.block_time.count()));
  }
  return delay;
}

/// False, with a line in the log, if it cannot be. What is another file's or anybody's is not the
/// user's to change.
bool ServedCall::store_password(const std::string& name, const SecretString& password) {
  const config::AuthConfig& auth = services_.config.auth;
  const auto users = services_.secrets.current();
  const auto* entry = users->find_user(name, auth.server_name, auth.strip_domain).entry;
  Result<void> stored = fail("the user is not in the secrets file any more");
  if (entry != nullptr) {
    const auth::WhichLines which{entry->client, entry->server};
    const auth::NewPassword renewed{
        .clear = password,
        .hash = auth::nt_password_hash(services_.environment.library, password.reveal()),
        .lifts_expiry = true};
    stored = services_.store_password(which, renewed);
  }
  if (stored) return true;
  services_.log.error(observe::Line("password_not_stored")
                          .add("call", id_.value())
                          .add("name", name)
                          .add("reason", stored.error().message));
  return false;
}

template <class Visitor>
void ServedCall::for_each_other_of(const std::string& user, Visitor visit) {
  if (user.empty()) return;  // nobody in particular
  services_.sessions.for_each([&](ServedCall& other) {
    if (&other != this && !other.finished() && other.user_ == user) visit(other);
  });
}

/// Whether there are any.
bool ServedCall::probe_others_of(const std::string& user, Instant now) {
  bool any = false;
  for_each_other_of(user, [&](ServedCall& other) {
    other.session_.probe(now);
    any = true;
  });
  return any;
}

void ServedCall::decide_login(Instant now) {
  const WaitingLogin waiting = *std::exchange(waiting_login_, {});
  auth::LoginVerdict verdict = waiting.verdict;
  if (const auto* login = std::get_if<auth::LoginAccepted>(&waiting.verdict)) {
    for_each_other_of(login->user, [&](const ServedCall& other) {
      if (other.last_sign_of_life() < waiting.since) return;
      verdict = auth::LoginRefused{auth::LoginFailure::already_connected};
    });
  }
  session_.login_verdict(verdict, now);
  drain(now);
}

// Of two that wait at the same time, the one that is let in first lives.
Instant ServedCall::last_sign_of_life() const {
  return std::max(session_.last_heard(), got_in_.value_or(Instant()));
}

/// Those that the user has no right to beside this one: under "deny", those that gave no sign of
/// life.
void ServedCall::end_others(const auth::SecretsEntry& entry, Instant now) {
  const auto fixed = auth::fixed_address(entry);
  const bool several = services_.config.auth.same_user == config::SameUser::allow;
  for_each_other_of(user_, [&](ServedCall& other) {
    if (!several || (fixed && other.network_ && other.client() == *fixed)) other.supersede(now);
  });
}

void ServedCall::supersede(Instant now) {
  session_.hang_up(session::Cause::superseded, now);
  session_.call_cleared(session::Cause::superseded, now);
  drain(now);
  services_.ended.push_back(id_);
}

void ServedCall::assign_address(Instant now) {
  const config::Config& config = services_.config;
  const auto users = services_.secrets.current();
  auth::SecretsEntry nobody;
  nobody.addresses.emplace_back().any = true;
  const auth::SecretsEntry* user =
      method_ == ppp::AuthMethod::none
          ? &nobody
          : users->find_user(login_name_, config.auth.server_name, config.auth.strip_domain).entry;
  ++address_request_;
  got_in_ = now;
  services_.logged_in(outer_.connection);
  if (user != nullptr) end_others(*user, now);
  const Result<void> taken = user == nullptr ? fail("the user is not in the secrets file any more")
                                             : take_address(*user, users->fixed_addresses());
  if (!taken) return session_.address_refused(taken.error().message, now);
  tell_address(*user, now);
}

Result<void> ServedCall::take_address(const auth::SecretsEntry& entry,
                                      const std::set<Ipv4Address>& fixed_addresses) {
  if (network_) {
    // A link that was negotiated anew keeps its address.
    if (!auth::permits(entry, client())) {
      return fail("the call has the address " + client().to_string() +
                  ", which is not permitted to the user any more");
    }
    if (network_->mtu() == peer_mtu_) return {};
    give_back();  // the routes carry another size; the address is this user's again at once
  }
  auto taken =
      ClientNetwork::take(services_, {id_, user_, entry, fixed_addresses, outer_.peer, peer_mtu_});
  if (!taken) return tl::unexpected<Error>(taken.error());
  network_ = std::move(*taken);
  return {};
}

void ServedCall::tell_address(const auth::SecretsEntry& entry, Instant now) {
  const config::NetworkConfig& config = services_.config.network;
  ppp::IpAssignment assignment;
  assignment.local = config.local_ip;
  assignment.client = client();
  std::ranges::copy(config.dns, assignment.dns.begin());
  std::ranges::copy(config.wins, assignment.wins.begin());
  const auto& words = entry.options.network;
  session::ClientNetworks networks{network_->behind(),
                                   words ? words->allow : std::vector<Ipv4Network>()};
  if (services_.hooks.configured(Hook::ip_pre_up)) {
    return ask_pre_up(assignment, std::move(networks));
  }
  session_.address_assigned(assignment, now, std::move(networks));
}

void ServedCall::ask_pre_up(const ppp::IpAssignment& assignment, session::ClientNetworks networks) {
  const auto answered = [&services = services_, id = id_, connection = outer_.connection,
                         request = address_request_, assignment,
                         networks = std::move(networks)](const Result<void>& verdict) {
    ServedCall* call = services.sessions.find(id);
    if (call == nullptr || call->connection() != connection || call->finished()) return;
    // On a link that was negotiated anew, maybe by somebody else, it is no answer any more.
    if (call->address_request_ != request) return;
    const Instant now = net::now();
    if (verdict) {
      call->session_.address_assigned(assignment, now, networks);
    } else {
      call->session_.address_refused("the hook ip_pre_up refuses: " + verdict.error().message, now);
    }
    call->drain(now);
    services.call_changed(id);
  };
  services_.hooks.run(Hook::ip_pre_up, hook_facts(), answered);
}

HookFacts ServedCall::hook_facts() const {
  HookFacts facts;
  facts.call = id_;
  facts.user = user_;
  facts.interface = services_.config.network.interface;
  facts.local = services_.config.network.local_ip;
  facts.client = client();
  facts.peer = outer_.peer;
  return facts;
}

void ServedCall::give_back() {
  connected_since_.reset();
  network_.reset();
}

void ServedCall::note(const session::Event& event, Instant now) {
  if (const auto* succeeded = std::get_if<session::AuthenticationSucceeded>(&event)) {
    // On a link that was negotiated anew it may be somebody else.
    if (succeeded->user != user_) give_back();
    user_ = succeeded->user;
    method_ = succeeded->method;
    hooks_.logged_in(hook_facts(), now);
  } else if (std::holds_alternative<session::AuthenticationSkipped>(event)) {
    if (!user_.empty()) give_back();
    user_.clear();
    method_ = ppp::AuthMethod::none;
  } else if (const auto* recognised = std::get_if<session::PeerRecognised>(&event)) {
    recognised_ = *recognised;
  } else if (const auto* encryption = std::get_if<session::EncryptionStarted>(&event)) {
    encryption_ = encryption->modes;
  } else if (const auto* link = std::get_if<session::LinkEstablished>(&event)) {
    peer_mtu_ = std::min<unsigned>(link->peer_mru, services_.config.network.mtu) -
                unsigned{session::kEncryptionOverhead};
  } else if (const auto* connected = std::get_if<session::Connected>(&event)) {
    encryption_ = connected->encryption;
    connected_since_ = now;
    network_->open(*this, now);
    hooks_.connected(hook_facts(), now);
  } else if (std::holds_alternative<session::Disconnected>(event)) {
    connected_since_.reset();
    hooks_.disconnected(session_.statistics(), now);
  } else if (const auto* finished = std::get_if<session::Finished>(&event)) {
    give_up_refusal(now);
    end_ = finished->cause;
    waiting_login_.reset();
    hooks_.finished(session_.statistics(), now);
    services_.hooks.give_up_pre_up(id_);
    give_back();
  }
  verdict_.note(event);
  services_.log.event({id_, outer_.peer, user_}, event, verdict_);
  services_.counters.event(id_, event);
}

}  // namespace upptpd::server
