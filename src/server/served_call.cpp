#include "server/served_call.hpp"

#include <algorithm>
#include <utility>

namespace upptpd::server {
namespace {

session::Session::Settings session_settings(const config::Config& config,
                                            const ServedCall::Outer& outer) {
  session::Session::Settings settings;
  settings.link.mru = static_cast<std::uint16_t>(config.network.mtu);
  settings.link.server_name = config.auth.server_name;
  settings.link.echo.interval = config.ppp.lcp_echo_interval;
  settings.link.echo.failure = config.ppp.lcp_echo_failure;
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
      session_(session_settings(services.config, outer), services.environment, now) {
  services_.sessions.add(id_, *this);
}

ServedCall::~ServedCall() {
  give_back();
  services_.sessions.remove(id_);
  services_.sessions.release(id_);
}

void ServedCall::receive(Packet packet, const gre::Header& header, Instant now) {
  if (packet->peer != outer_.peer) return session_.drop(DropReason::gre_wrong_peer);
  session_.receive(std::move(packet), header, now);
  drain(now);
}

void ServedCall::link_info_received(Instant now) {
  session_.link_info_received(now);
  drain(now);
}

void ServedCall::hang_up(session::Cause cause, Instant now) {
  session_.hang_up(cause, now);
  drain(now);
}

void ServedCall::cleared(session::Cause cause, Instant now) {
  session_.call_cleared(cause, now);
  drain(now);
}

void ServedCall::advance(Instant now) {
  session_.advance(now);
  drain(now);
}

void ServedCall::drain(Instant now) {
  while (auto output = session_.next_output()) {
    std::visit(
        Overloaded{
            [&](session::Session::VerifyLogin& verify_login) { verify(verify_login.request, now); },
            [&](session::Session::AssignAddress&) { assign_address(now); },
            [&](session::Event& event) { note(event); },
        },
        *output);
  }
}

void ServedCall::verify(const auth::LoginRequest& request, Instant now) {
  const auto users = services_.secrets.current();
  report_notices(services_.secrets, services_.log);
  login_name_ = request.name;
  session_.login_verdict(services_.verifier.verify(request, *users), now);
}

void ServedCall::assign_address(Instant now) {
  const config::Config& config = services_.config;
  const auto users = services_.secrets.current();
  const auth::SecretsEntry* user =
      users->find_user(login_name_, config.auth.server_name, config.auth.strip_domain);
  const Result<void> taken = user == nullptr ? fail("the user is not in the secrets file any more")
                                             : take_address(*user, users->fixed_addresses());
  if (!taken) return session_.address_refused(taken.error().message, now);
  ppp::IpAssignment assignment;
  assignment.local = config.network.local_ip;
  assignment.client = client();
  std::ranges::copy(config.network.dns, assignment.dns.begin());
  std::ranges::copy(config.network.wins, assignment.wins.begin());
  session_.address_assigned(assignment, now);
}

Result<void> ServedCall::take_address(const auth::SecretsEntry& entry,
                                      const std::set<Ipv4Address>& fixed_addresses) {
  if (lease_) {
    // A link that was negotiated anew keeps its address.
    if (auth::permits(entry, lease_->address())) return {};
    return fail("the call has the address " + lease_->address().to_string() +
                ", which is not permitted to the user any more");
  }
  auto lease = services_.addresses.lease({user_, entry, fixed_addresses, outer_.peer});
  if (!lease) return tl::unexpected(lease.error());
  auto route =
      services_.netlink.add_route(services_.config.network.interface, {lease->address(), 32},
                                  services_.config.network.local_ip, peer_mtu_);
  if (!route) return tl::unexpected(route.error());
  lease_.emplace(std::move(*lease));
  route_.emplace(std::move(*route));
  return {};
}

void ServedCall::give_back() {
  if (std::exchange(connected_since_, {})) services_.sessions.remove_client(client());
  route_.reset();
  lease_.reset();
}

void ServedCall::note(const session::Event& event) {
  if (const auto* succeeded = std::get_if<session::AuthenticationSucceeded>(&event)) {
    // On a link that was negotiated anew it may be somebody else.
    if (succeeded->user != user_) give_back();
    user_ = succeeded->user;
  } else if (const auto* link = std::get_if<session::LinkEstablished>(&event)) {
    peer_mtu_ = std::min<unsigned>(link->peer_mru, services_.config.network.mtu) -
                unsigned{session::kEncryptionOverhead};
  } else if (std::holds_alternative<session::Connected>(event)) {
    connected_since_ = std::chrono::system_clock::now();
    services_.sessions.add_client(client(), *this);
  } else if (std::holds_alternative<session::Finished>(event)) {
    give_back();
  }
  verdict_.note(event);
  services_.log.event({id_, outer_.peer, user_}, event, verdict_);
}

}  // namespace upptpd::server
