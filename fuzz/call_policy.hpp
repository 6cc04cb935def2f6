// What the server is told to do about a call.
#pragma once

#include <memory>

#include "auth/local_verifier.hpp"
#include "call_watch.hpp"
#include "profiles/profile.hpp"
#include "session/session.hpp"

namespace upptpd {

/// A bit or two of `choice` for each.
struct CallPolicy {
  explicit CallPolicy(std::uint8_t choice) : cipher_batches((choice & 0x80) != 0) {
    rules.server_name = "gate";
    rules.encryption.requirement = static_cast<ppp::EncryptionPolicy::Requirement>(choice % 4);
    if ((choice & 4) != 0) rules.encryption.strengths = ppp::MppeBits::kStrengths;
    rules.encryption.stateful = (choice & 8) != 0;
    if ((choice & 16) != 0) {
      rules.methods = {ppp::kAuthMethods.begin(), ppp::kAuthMethods.end()};
    }
    if ((choice & 32) != 0) {
      link.retries = 2;
      link.password_change = true;
      link.rechallenge = std::chrono::seconds(30);
    }
    mss_clamp = (choice & 64) != 0;
    if (mss_clamp) {
      auto told = std::make_shared<ip::DhcpSettings>();
      told->server = CallWatch::kServer;
      told->dns = {CallWatch::kServer};
      told->routes = {{Ipv4Address(0xc0a80000), 16}};
      dhcp = std::move(told);
    }
  }

  [[nodiscard]] session::Session::Settings session_settings(
      const profiles::Profile& profile, const std::vector<ppp::AuthMethod>& methods) const {
    session::Session::Settings settings;
    settings.link = link;
    settings.link.server_name = rules.server_name;
    settings.link.methods = methods;
    settings.link.encryption = rules.encryption;
    settings.link.client.vendor = profile.control.start.vendor_name;
    settings.link.client.firmware = profile.control.start.firmware_revision;
    settings.mss_clamp = mss_clamp;
    settings.dhcp = dhcp;
    settings.peer_call_id = PeerCallId(CallWatch::kPeerCall);
    return settings;
  }

  auth::LoginRules rules;
  session::LinkSettings link;
  bool mss_clamp;
  std::shared_ptr<const ip::DhcpSettings> dhcp;
  bool cipher_batches;
};

}  // namespace upptpd
