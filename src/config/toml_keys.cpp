#include "config/toml_keys.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "config/toml_addresses.hpp"
#include "config/toml_limits.hpp"
#include "config/toml_network.hpp"

namespace upptpd::config {
namespace {

constexpr std::int64_t kMaxSeconds = 86400;
/// Each time costs a login; more often shows nothing more.
constexpr std::int64_t kShortestRechallenge = 30;
constexpr std::int64_t kMostRetries = 5;
constexpr std::int64_t kLongestDrain = 60;
/// A client waits for ip_pre_up, and gives up after a minute.
constexpr std::int64_t kLongestHook = 600;
constexpr std::int64_t kMostHooks = 256;

void read_listen(const Field& field, Config& config) {
  const auto items = field.items("[\"0.0.0.0\"]");
  if (!items) return;
  config.server.listen = read_addresses(
      *items, "an IPv4 address of this host, or 0.0.0.0 for all of them", [](Ipv4Address address) {
        return address.is_host() || address.is_loopback() || address.is_unspecified();
      });
}

void read_port(const Field& field, Config& config) {
  if (const auto port = field.integer(1, 65535)) {
    config.server.port = static_cast<std::uint16_t>(*port);
  }
}

void read_max_sessions(const Field& field, Config& config) {
  // Each call has an id of 16 bits.
  // Half of all call ids: a new one is found at random, and old ones rest.
  if (const auto count = field.integer(1, 32768)) {
    config.server.max_sessions = static_cast<unsigned>(*count);
  }
}

void read_user(const Field& field, Config& config) {
  if (const auto name = field.text_or_empty(255)) config.server.user = *name;
}

void read_drain_timeout(const Field& field, Config& config) {
  if (const auto seconds = field.integer(0, kLongestDrain, " seconds (0: clients are cut off)")) {
    config.server.drain_timeout = std::chrono::seconds(*seconds);
  }
}

void read_methods(const Field& field, Config& config) {
  std::vector<Choice<ppp::AuthMethod>> choices;
  choices.reserve(ppp::kAuthMethods.size());
  for (const ppp::AuthMethod method : ppp::kAuthMethods) {
    choices.push_back({ppp::word_for(method), method});
  }
  const auto items = field.items("[\"mschapv2\"]");
  if (!items) return;
  auto& methods = config.auth.methods;
  methods.clear();
  for (const Field& item : *items) {
    const auto name = item.text(255);
    if (!name) continue;
    const auto method = item.choice<ppp::AuthMethod>(*name, choices);
    if (!method) continue;
    if (std::ranges::count(methods, *method) > 0) item.error("\"" + *name + "\" is there twice");
    methods.push_back(*method);
  }
}

void read_secrets(const Field& field, Config& config) {
  if (const auto path = field.text(4095)) config.auth.secrets = *path;
}

void read_server_name(const Field& field, Config& config) {
  const auto name = field.text(255);
  if (!name) return;
  if (*name == "*") {
    field.error("must be a name: \"*\" has its own meaning in the secrets file");
    return;
  }
  config.auth.server_name = *name;
}

void read_strip_domain(const Field& field, Config& config) {
  if (const auto strip = field.boolean()) config.auth.strip_domain = *strip;
}

void read_same_user(const Field& field, Config& config) {
  constexpr std::array<Choice<SameUser>, 3> kChoices = {
      {{"replace", SameUser::replace}, {"deny", SameUser::deny}, {"allow", SameUser::allow}}};
  const auto name = field.text(255);
  if (!name) return;
  if (const auto chosen = field.choice<SameUser>(*name, kChoices)) config.auth.same_user = *chosen;
}

void read_rechallenge(const Field& field, Config& config) {
  const auto seconds = field.integer(0, kMaxSeconds, " seconds (0: never)");
  if (!seconds) return;
  if (*seconds != 0 && *seconds < kShortestRechallenge) {
    field.error("must be 0 (never) or at least " + std::to_string(kShortestRechallenge) +
                " seconds, not " + std::to_string(*seconds));
    return;
  }
  config.auth.rechallenge = std::chrono::seconds(*seconds);
}

void read_retries(const Field& field, Config& config) {
  if (const auto count = field.integer(0, kMostRetries)) {
    config.auth.retries = static_cast<unsigned>(*count);
  }
}

void read_password_change(const Field& field, Config& config) {
  if (const auto change = field.boolean()) config.auth.password_change = *change;
}

void read_policy(const Field& field, Config& config) {
  using Requirement = ppp::EncryptionPolicy::Requirement;
  std::vector<Choice<Requirement>> choices;
  for (const Requirement requirement :
       {Requirement::require, Requirement::prefer, Requirement::allow, Requirement::off}) {
    choices.push_back({ppp::to_string(requirement), requirement});
  }
  const auto name = field.text(255);
  if (!name) return;
  if (const auto chosen = field.choice<Requirement>(*name, choices)) {
    config.encryption.requirement = *chosen;
  }
}

void read_strengths(const Field& field, Config& config) {
  std::vector<Choice<std::uint32_t>> choices;
  choices.reserve(ppp::kStrengthNames.size());
  for (const auto& [name, strength] : ppp::kStrengthNames) choices.push_back({name, strength});
  const auto items = field.items("[128]");
  if (!items) return;
  config.encryption.strengths = 0;
  for (const Field& item : *items) {
    const auto bits = item.integer(1, 128, " bits");
    if (!bits) continue;
    const auto strength = item.choice<std::uint32_t>(std::to_string(*bits), choices);
    if (!strength) continue;
    if ((config.encryption.strengths & *strength) != 0) {
      item.error(std::to_string(*bits) + " is there twice");
    }
    config.encryption.strengths |= *strength;
  }
}

void read_stateful(const Field& field, Config& config) {
  if (const auto stateful = field.boolean()) config.encryption.stateful = *stateful;
}

void read_lcp_echo_interval(const Field& field, Config& config) {
  if (const auto seconds = field.integer(0, kMaxSeconds, " seconds (0: no echo requests)")) {
    config.ppp.lcp_echo_interval = std::chrono::seconds(*seconds);
  }
}

void read_lcp_echo_failure(const Field& field, Config& config) {
  if (const auto count = field.integer(1, 255)) {
    config.ppp.lcp_echo_failure = static_cast<unsigned>(*count);
  }
}

template <std::string HooksConfig::*path>
void read_hook(const Field& field, Config& config) {
  if (const auto text = field.text_or_empty(4095)) config.hooks.*path = *text;
}

void read_hook_timeout(const Field& field, Config& config) {
  if (const auto seconds = field.integer(1, kLongestHook, " seconds")) {
    config.hooks.timeout = std::chrono::seconds(*seconds);
  }
}

void read_hooks_parallel(const Field& field, Config& config) {
  if (const auto count = field.integer(1, kMostHooks)) {
    config.hooks.parallel = static_cast<unsigned>(*count);
  }
}

void read_socket(const Field& field, Config& config) {
  if (const auto path = field.text(4095)) config.admin.socket = *path;
}

constexpr TomlKey kKeys[] = {
    {"server", "listen", read_listen},
    {"server", "port", read_port},
    {"server", "max_sessions", read_max_sessions},
    {"server", "user", read_user},
    {"server", "drain_timeout", read_drain_timeout},
    {"network", "interface", read_interface},
    {"network", "local_ip", read_local_ip},
    {"network", "client_ips", read_client_ips},
    {"network", "dns", read_dns},
    {"network", "wins", read_wins},
    {"network", "mtu", read_mtu},
    {"network", "pools", read_pools},
    {"network", "domain", read_domain},
    {"network", "routes", read_routes},
    {"network", "mss_clamp", read_mss_clamp},
    {"network", "proxy_arp", read_proxy_arp},
    {"network", "arp_probe", read_arp_probe},
    {"network", "client_to_client", read_client_to_client},
    {"network", "client_routes", read_client_routes},
    {"network", "broadcast_relay", nullptr},
    {"network", "ipv6", nullptr},
    {"auth", "methods", read_methods},
    {"auth", "secrets", read_secrets},
    {"auth", "server_name", read_server_name},
    {"auth", "strip_domain", read_strip_domain},
    {"auth", "same_user", read_same_user},
    {"auth", "rechallenge", read_rechallenge},
    {"auth", "retries", read_retries},
    {"auth", "password_change", read_password_change},
    {"encryption", "policy", read_policy},
    {"encryption", "strengths", read_strengths},
    {"encryption", "stateful", read_stateful},
    {"ppp", "lcp_echo_interval", read_lcp_echo_interval},
    {"ppp", "lcp_echo_failure", read_lcp_echo_failure},
    {"ppp", "restart", nullptr},
    {"ppp", "max_configure", nullptr},
    {"ppp", "idle", nullptr},
    {"ppp", "max_session", nullptr},
    {"limits", "prelogin", read_prelogin},
    {"limits", "prelogin_per_address", read_prelogin_per_address},
    {"limits", "prelogin_per_network", read_prelogin_per_network},
    {"limits", "login_timeout", read_login_timeout},
    {"limits", "login_failures", read_login_failures},
    {"limits", "block_time", read_block_time},
    {"limits", "allow", read_allow},
    {"limits", "deny", read_deny},
    {"hooks", "ip_pre_up", read_hook<&HooksConfig::ip_pre_up>},
    {"hooks", "ip_up", read_hook<&HooksConfig::ip_up>},
    {"hooks", "ip_down", read_hook<&HooksConfig::ip_down>},
    {"hooks", "auth_up", read_hook<&HooksConfig::auth_up>},
    {"hooks", "auth_down", read_hook<&HooksConfig::auth_down>},
    {"hooks", "timeout", read_hook_timeout},
    {"hooks", "parallel", read_hooks_parallel},
    {"admin", "socket", read_socket},
    {"admin", "socket_group", nullptr},
    {"admin", "http", nullptr},
};

/// Tables of which nothing is built.
constexpr std::array<std::string_view, 2> kLaterTables = {"log", "history"};

/// Insertions, deletions and replacements from one word to another.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

/// Whether two words are near enough for one to be a slip of the other.
bool is_near(std::size_t distance, std::string_view word) {
  return distance <= std::max<std::size_t>(2, word.size() / 3);
}

/// Too long for a slip, and the distance takes time with the square of the length.
constexpr std::size_t kMaxWord = 40;

}  // namespace

std::span<const TomlKey> toml_keys() { return kKeys; }

const TomlKey* find_toml_key(std::string_view table, std::string_view name) {
  for (const TomlKey& key : kKeys) {
    if (key.table == table && key.name == name) return &key;
  }
  return nullptr;
}

TomlTable find_toml_table(std::string_view name) {
  if (std::find(kLaterTables.begin(), kLaterTables.end(), name) != kLaterTables.end()) {
    return TomlTable::later;
  }
  const bool known = std::any_of(std::begin(kKeys), std::end(kKeys),
                                 [&](const TomlKey& key) { return key.table == name; });
  return known ? TomlTable::known : TomlTable::unknown;
}

std::string suggest_key(std::string_view table, std::string_view name) {
  const TomlKey* nearest = nullptr;
  std::size_t nearest_distance = 0;
  std::string accepted;
  for (const TomlKey& key : kKeys) {
    if (key.read == nullptr) continue;
    const bool here = key.table == table;
    if (here) accepted += (accepted.empty() ? "" : ", ") + std::string(key.name);
    if (name.size() > kMaxWord) continue;
    // The same word in another table beats a similar one in this, and a similar one here beats it
    // elsewhere.
    const std::size_t letters = edit_distance(name, key.name);
    if (!is_near(letters, name)) continue;
    const std::size_t distance = 2 * letters + (here ? 0 : 1);
    if (nearest == nullptr || distance < nearest_distance) {
      nearest = &key;
      nearest_distance = distance;
    }
  }
  if (nearest != nullptr) {
    return "; did you mean " + std::string(nearest->name) + " in [" + std::string(nearest->table) +
           "]?";
  }
  return accepted.empty() ? suggest_table(name) : "; accepted here: " + accepted;
}

std::string suggest_table(std::string_view name) {
  std::set<std::string_view> tables;
  for (const TomlKey& key : kKeys) {
    if (key.read != nullptr) tables.insert(key.table);
  }
  std::string accepted;
  for (const std::string_view table : tables) {
    if (name.size() <= kMaxWord && is_near(edit_distance(name, table), name)) {
      return "; did you mean [" + std::string(table) + "]?";
    }
    accepted += (accepted.empty() ? "[" : ", [") + std::string(table) + "]";
  }
  return "; the tables are " + accepted;
}

}  // namespace upptpd::config
