// What all calls of a worker share.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "auth/local_verifier.hpp"
#include "auth/login_guard.hpp"
#include "auth/secrets_editor.hpp"
#include "config/config.hpp"
#include "observe/counters.hpp"
#include "observe/log.hpp"
#include "server/address_pool.hpp"
#include "server/hook_runner.hpp"
#include "server/proxy_arp.hpp"
#include "server/secrets_store.hpp"
#include "server/session_table.hpp"
#include "session/session.hpp"
#include "tun/netlink.hpp"

namespace upptpd::server {

/// Of a control connection. Grows, and is never used again.
using ConnectionId = Tagged<struct ConnectionIdTag, std::uint64_t>;

/// Writes a user's new password to the secrets file, or says why it is not.
using StorePassword =
    std::function<Result<void>(const auth::WhichLines& which, const auth::NewPassword& password)>;

/// Owned by the worker, which outlives its calls.
struct Services {
  const config::Config& config;
  session::Environment environment;
  observe::Log& log;
  observe::Counters& counters;
  SessionTable& sessions;
  AddressPool& addresses;
  tun::Netlink& netlink;
  SecretsStore& secrets;
  StorePassword store_password;
  const auth::LocalVerifier& verifier;
  auth::LoginGuard& guard;
  ProxyArp& arp;
  HookRunner& hooks;
  /// Of all clients; null: none is told anything.
  std::shared_ptr<const ip::DhcpSettings> dhcp;
  /// Somebody has logged in on a connection, for the first time or not.
  std::function<void(ConnectionId)> logged_in;
  /// Nobody is logged in on it any more.
  std::function<void(ConnectionId)> logged_out;
  /// There is no room for a call on that connection: another one, on which nobody has logged in, is
  /// to go with its calls.
  std::function<void(ConnectionId)> make_room;
  /// A call took an input that came by itself: from a hook.
  std::function<void(CallId)> call_changed;
  /// Calls that another call has ended: their control connections are to be told.
  std::vector<CallId> ended{};
};

/// Passes on what the secrets file has to say since it was last asked.
void report_notices(SecretsStore& secrets, observe::Log& log);

}  // namespace upptpd::server
