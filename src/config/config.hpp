// The configuration as the program uses it: plain structs, with defaults and units. Readers of
// files fill it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/address_range.hpp"
#include "core/ip_address.hpp"
#include "ppp/auth_method.hpp"
#include "ppp/encryption_policy.hpp"

namespace upptpd::config {

struct ServerConfig {
  /// Where to accept control connections, and from where GRE is sent. 0.0.0.0 is every address.
  std::vector<Ipv4Address> listen = {Ipv4Address()};
  std::uint16_t port = 1723;
  /// Calls at a time.
  unsigned max_sessions = 1000;
  /// Whom to run as after a start as root; empty: root.
  std::string user = "upptpd";
  /// How long clients have to answer when the server stops.
  std::chrono::seconds drain_timeout{4};
  /// One packet at a time, as a reference for tests and benchmarks. Not in any file.
  bool simple_path = false;
};

/// On which interfaces ARP requests for clients' addresses are answered.
struct ProxyArp {
  enum class Mode : std::uint8_t {
    automatic,  // where a subnet of the interface contains the client's address
    off,
    listed  // on `interfaces`, whatever their subnets
  };
  Mode mode = Mode::automatic;
  std::vector<std::string> interfaces;

  friend bool operator==(const ProxyArp&, const ProxyArp&) = default;
};

/// Of `NetworkConfig::mtu`.
inline constexpr unsigned kSmallestMtu = 576;
inline constexpr unsigned kLargestMtu = 1500;

struct NetworkConfig {
  /// Name of the TUN device.
  std::string interface = "pptp0";
  /// The server's end of every call.
  Ipv4Address local_ip = Ipv4Address(0xc0a80001);  // 192.168.0.1
  /// The clients' ends: the pool of those who have no other.
  std::vector<AddressRange> client_ips = {
      {Ipv4Address(0xc0a800ea), Ipv4Address(0xc0a800ee)}};  // 192.168.0.234-238
  /// Further pools, by name: for users whose line in the secrets file has pool=NAME.
  std::map<std::string, std::vector<AddressRange>> pools;
  /// Told to the clients; at most two each (RFC 1877 has no more).
  std::vector<Ipv4Address> dns;
  std::vector<Ipv4Address> wins;
  /// Octets of the largest PPP packet, as in pppd. The interface gets 4 less, which encryption
  /// takes.
  unsigned mtu = 1400;
  /// Whether the segments of TCP connections through the tunnel are kept small enough for it.
  bool mss_clamp = true;
  ProxyArp proxy_arp;
  /// Whether free addresses are looked for on the LAN, so that none is handed out which a host has.
  bool arp_probe = true;
  /// Told to clients that ask by DHCP, which Windows does: the DNS suffix (empty: none), and
  /// networks to be reached through the tunnel.
  std::string domain;
  std::vector<Ipv4Network> routes;
  /// Whether clients may talk to each other.
  bool client_to_client = true;
  /// Networks behind a client, by its user: routed to it while it is connected.
  std::map<std::string, std::vector<Ipv4Network>> client_routes;
};

/// What becomes of a login whose user has a session.
enum class SameUser {
  replace,  // it ends the earlier sessions
  deny,     // it is refused while an earlier session's client answers
  allow     // several sessions at a time; but a fixed address is one session
};

struct AuthConfig {
  /// In order of preference.
  std::vector<ppp::AuthMethod> methods = {ppp::AuthMethod::ms_chap_v2};
  /// The users. A path in a file is relative to the folder of that file.
  std::string secrets = "/etc/upptpd/chap-secrets";
  /// Our name to the peer, and what is looked for in the server column of the secrets.
  std::string server_name = "pptpd";
  /// Look a user DOMAIN\bob up as bob, too.
  bool strip_domain = true;
  SameUser same_user = SameUser::replace;
  /// How often a connected client has to show again that it knows the password; 0: never.
  std::chrono::seconds rechallenge{0};
  /// How often a client may try another password on one call.
  unsigned retries = 0;
  /// Whether a user whose password has expired may choose a new one, which is written to `secrets`.
  bool password_change = false;
};

/// Who may connect, and what he may take before he has logged in.
struct LimitsConfig {
  /// Control connections without a login at a time: in all, and from one address or network (/24).
  unsigned prelogin = 1000;
  unsigned prelogin_per_address = 50;
  unsigned prelogin_per_network = 200;
  /// From the beginning of a control connection to the login.
  std::chrono::seconds login_timeout{60};
  /// Failed logins from an address before it is blocked; 0: any number. As many are forgiven in the
  /// time of a block.
  unsigned login_failures = 10;
  std::chrono::seconds block_time{300};
  /// Where control connections may come from; empty: from anywhere.
  std::vector<Ipv4Network> allow;
  /// Where they may not come from all the same.
  std::vector<Ipv4Network> deny;

  friend bool operator==(const LimitsConfig&, const LimitsConfig&) = default;
};

struct PppConfig {
  /// 0: no echo requests.
  std::chrono::seconds lcp_echo_interval{30};
  /// Echo requests without an answer before a call is given up.
  unsigned lcp_echo_failure = 4;
};

/// Programs of the administrator, as pppd runs them. Empty: none. Paths are relative like
/// `AuthConfig::secrets`.
struct HooksConfig {
  std::string ip_pre_up;  // may refuse the session
  std::string ip_up;
  std::string ip_down;
  std::string auth_up;
  std::string auth_down;
  /// After which a hook is killed.
  std::chrono::seconds timeout{30};
  /// Hooks that run at a time.
  unsigned parallel = 8;

  friend bool operator==(const HooksConfig&, const HooksConfig&) = default;
};

struct AdminConfig {
  /// Of a Unix socket. Relative like `AuthConfig::secrets`.
  std::string socket = "/run/upptpd/admin.sock";
};

struct Config {
  ServerConfig server;
  NetworkConfig network;
  AuthConfig auth;
  ppp::EncryptionPolicy encryption;
  PppConfig ppp;
  LimitsConfig limits;
  HooksConfig hooks;
  AdminConfig admin;
};

}  // namespace upptpd::config
