#include "config/changes.hpp"

#include <algorithm>
#include <iterator>

namespace upptpd::config {
namespace {

struct Setting {
  std::string_view key;
  bool (*differs)(const Config& a, const Config& b);
  void (*keep)(Config& to, const Config& from);
  bool needs_restart = false;
};

template <auto table, auto key>
constexpr Setting setting(std::string_view name) {
  return {name, [](const Config& a, const Config& b) { return !(a.*table.*key == b.*table.*key); },
          [](Config& to, const Config& from) { to.*table.*key = from.*table.*key; }};
}

template <auto table, auto key>
constexpr Setting fixed(std::string_view name) {
  Setting made = setting<table, key>(name);
  made.needs_restart = true;
  return made;
}

constexpr auto kServer = &Config::server;
constexpr auto kNetwork = &Config::network;
constexpr auto kAuth = &Config::auth;
constexpr auto kEncryption = &Config::encryption;
constexpr auto kPpp = &Config::ppp;
constexpr auto kLimits = &Config::limits;
constexpr auto kHooks = &Config::hooks;

constexpr Setting kSettings[] = {
    fixed<kServer, &ServerConfig::listen>("server.listen"),
    fixed<kServer, &ServerConfig::port>("server.port"),
    setting<kServer, &ServerConfig::max_sessions>("server.max_sessions"),
    fixed<kServer, &ServerConfig::user>("server.user"),
    setting<kServer, &ServerConfig::drain_timeout>("server.drain_timeout"),
    fixed<kNetwork, &NetworkConfig::interface>("network.interface"),
    fixed<kNetwork, &NetworkConfig::local_ip>("network.local_ip"),
    setting<kNetwork, &NetworkConfig::client_ips>("network.client_ips"),
    setting<kNetwork, &NetworkConfig::dns>("network.dns"),
    setting<kNetwork, &NetworkConfig::wins>("network.wins"),
    fixed<kNetwork, &NetworkConfig::mtu>("network.mtu"),
    setting<kNetwork, &NetworkConfig::pools>("network.pools"),
    setting<kNetwork, &NetworkConfig::domain>("network.domain"),
    setting<kNetwork, &NetworkConfig::routes>("network.routes"),
    setting<kNetwork, &NetworkConfig::mss_clamp>("network.mss_clamp"),
    setting<kNetwork, &NetworkConfig::proxy_arp>("network.proxy_arp"),
    setting<kNetwork, &NetworkConfig::arp_probe>("network.arp_probe"),
    setting<kNetwork, &NetworkConfig::client_to_client>("network.client_to_client"),
    setting<kNetwork, &NetworkConfig::client_routes>("network.client_routes"),
    setting<kAuth, &AuthConfig::methods>("auth.methods"),
    setting<kAuth, &AuthConfig::secrets>("auth.secrets"),
    setting<kAuth, &AuthConfig::server_name>("auth.server_name"),
    setting<kAuth, &AuthConfig::strip_domain>("auth.strip_domain"),
    setting<kAuth, &AuthConfig::same_user>("auth.same_user"),
    setting<kAuth, &AuthConfig::rechallenge>("auth.rechallenge"),
    setting<kAuth, &AuthConfig::retries>("auth.retries"),
    setting<kAuth, &AuthConfig::password_change>("auth.password_change"),
    setting<kEncryption, &ppp::EncryptionPolicy::requirement>("encryption.policy"),
    setting<kEncryption, &ppp::EncryptionPolicy::strengths>("encryption.strengths"),
    setting<kEncryption, &ppp::EncryptionPolicy::stateful>("encryption.stateful"),
    setting<kPpp, &PppConfig::lcp_echo_interval>("ppp.lcp_echo_interval"),
    setting<kPpp, &PppConfig::lcp_echo_failure>("ppp.lcp_echo_failure"),
    setting<kLimits, &LimitsConfig::prelogin>("limits.prelogin"),
    setting<kLimits, &LimitsConfig::prelogin_per_address>("limits.prelogin_per_address"),
    setting<kLimits, &LimitsConfig::prelogin_per_network>("limits.prelogin_per_network"),
    setting<kLimits, &LimitsConfig::login_timeout>("limits.login_timeout"),
    setting<kLimits, &LimitsConfig::login_failures>("limits.login_failures"),
    setting<kLimits, &LimitsConfig::block_time>("limits.block_time"),
    setting<kLimits, &LimitsConfig::allow>("limits.allow"),
    setting<kLimits, &LimitsConfig::deny>("limits.deny"),
    setting<kHooks, &HooksConfig::ip_pre_up>("hooks.ip_pre_up"),
    setting<kHooks, &HooksConfig::ip_up>("hooks.ip_up"),
    setting<kHooks, &HooksConfig::ip_down>("hooks.ip_down"),
    setting<kHooks, &HooksConfig::auth_up>("hooks.auth_up"),
    setting<kHooks, &HooksConfig::auth_down>("hooks.auth_down"),
    setting<kHooks, &HooksConfig::timeout>("hooks.timeout"),
    setting<kHooks, &HooksConfig::parallel>("hooks.parallel"),
    fixed<&Config::admin, &AdminConfig::socket>("admin.socket"),
};

}  // namespace

Changes adapt(Config& wanted, const Config& running) {
  Changes changes;
  wanted.server.simple_path = running.server.simple_path;
  for (const Setting& each : kSettings) {
    if (!each.differs(wanted, running)) continue;
    (each.needs_restart ? changes.need_restart : changes.taken).push_back(each.key);
    if (each.needs_restart) each.keep(wanted, running);
  }
  return changes;
}

std::vector<std::string_view> changeable_keys() {
  std::vector<std::string_view> keys;
  std::ranges::transform(kSettings, std::back_inserter(keys), &Setting::key);
  return keys;
}

}  // namespace upptpd::config
