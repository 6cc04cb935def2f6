#include "config/check.hpp"

#include <algorithm>
#include <ranges>

#include "core/bytes.hpp"

namespace upptpd::config {
namespace {

using Severity = Problem::Severity;
using ppp::AuthMethod;

std::string quoted(AuthMethod method) { return '"' + std::string(ppp::word_for(method)) + '"'; }

bool overlaps_a_pool(const NetworkConfig& config, const Ipv4Network& network) {
  const auto overlaps = [&](const AddressRange& range) { return range.overlaps(network); };
  return std::ranges::any_of(config.client_ips, overlaps) ||
         std::ranges::any_of(config.pools, [&](const auto& pool) {
           return std::ranges::any_of(pool.second, overlaps);
         });
}

class Checker {
 public:
  explicit Checker(const Config& config) : config_(config) {}

  std::vector<Problem> run() {
    check_listen();
    check_pools();
    check_pool_size();
    check_client_routes();
    check_proxy_arp();
    check_name_servers("network.dns", config_.network.dns);
    check_name_servers("network.wins", config_.network.wins);
    check_keep_alive();
    check_methods();
    check_login_switches();
    check_encryption();
    return std::move(problems_);
  }

 private:
  void add(Severity severity, std::string message) {
    problems_.push_back({severity, {}, 0, 0, std::move(message)});
  }

  /// Of a pool; its key.
  struct Pool {
    std::string key;
    const std::vector<AddressRange>& ranges;

    [[nodiscard]] bool contains(Ipv4Address address) const {
      return std::ranges::any_of(
          ranges, [&](const AddressRange& range) { return range.contains(address); });
    }
  };

  std::vector<Pool> pools() const {
    std::vector<Pool> pools{{"network.client_ips", config_.network.client_ips}};
    for (const auto& [name, ranges] : config_.network.pools) {
      pools.push_back({"network.pools." + name, ranges});
    }
    return pools;
  }

  void check_listen() {
    std::vector<Ipv4Address> listen = config_.server.listen;
    std::sort(listen.begin(), listen.end());
    const auto twice = std::adjacent_find(listen.begin(), listen.end());
    if (twice != listen.end()) {
      add(Severity::error, "server.listen: " + twice->to_string() + " is there twice");
    }
    if (listen.size() > 1 && listen.front().is_unspecified()) {
      add(Severity::error,
          "server.listen: 0.0.0.0 is every address already: leave it or the others out");
    }
    for (const Pool& pool : pools()) {
      for (const Ipv4Address address : listen) {
        if (!pool.contains(address)) continue;
        add(Severity::error, pool.key + ": contains " + address.to_string() +
                                 ", which server.listen has: clients must not get it");
      }
    }
  }

  void check_pools() {
    const Ipv4Address local = config_.network.local_ip;
    struct Owned {
      AddressRange range;
      std::string key;
    };
    std::vector<Owned> ranges;
    for (const Pool& pool : pools()) {
      if (pool.contains(local)) {
        add(Severity::error, pool.key + ": contains network.local_ip, " + local.to_string() +
                                 ": take it out of the range");
      }
      for (const AddressRange& range : pool.ranges) ranges.push_back({range, pool.key});
    }
    std::ranges::stable_sort(ranges, {}, [](const Owned& owned) { return owned.range.first; });
    // Against the furthest end so far, since a range may lie inside an earlier one.
    const Owned* furthest = nullptr;
    for (const Owned& owned : ranges) {
      if (furthest != nullptr && owned.range.first <= furthest->range.last) {
        const std::string twice = owned.range.first.to_string();
        add(Severity::error, owned.key == furthest->key
                                 ? owned.key + ": " + twice + " is there more than once"
                                 : owned.key + ": " + twice + " is in " + furthest->key + ", too");
      }
      if (furthest == nullptr || owned.range.last > furthest->range.last) furthest = &owned;
    }
  }

  void check_client_routes() {
    struct Owned {
      Ipv4Network network;
      std::string key;
    };
    std::vector<Owned> earlier;
    for (const auto& [user, networks] : config_.network.client_routes) {
      const std::string key = "network.client_routes." + printable(user);
      for (const Ipv4Network& network : networks) {
        check_client_route(key, network);
        for (const Owned& other : earlier) {
          if (!network.overlaps(other.network)) continue;
          add(Severity::error, key + ": " + network.to_string() + " overlaps " +
                                   other.network.to_string() + " of " + other.key);
        }
        earlier.push_back({network, key});
      }
    }
  }

  void check_client_route(const std::string& key, const Ipv4Network& network) {
    const Ipv4Address local = config_.network.local_ip;
    if (network.contains(local)) {
      add(Severity::error, key + ": " + network.to_string() + " contains network.local_ip, " +
                               local.to_string() + ", which is not behind a client");
    }
    if (overlaps_a_pool(config_.network, network)) {
      add(Severity::error, key + ": " + network.to_string() +
                               " has addresses of a pool, which are not behind a client");
    }
  }

  void check_proxy_arp() {
    for (const std::string& name : config_.network.proxy_arp.interfaces) {
      if (name != config_.network.interface) continue;
      add(Severity::error,
          "network.proxy_arp: " + name + " is the clients' own interface: name those of the LAN");
    }
  }

  void check_pool_size() {
    std::uint64_t size = 0;
    for (const Pool& pool : pools()) size += pool_size(pool.ranges);
    // Who left max_sessions alone means the pool to be the limit.
    if (config_.server.max_sessions == ServerConfig{}.max_sessions) return;
    if (size >= config_.server.max_sessions) return;
    add(Severity::warning, "network.client_ips: has " + std::to_string(size) +
                               " addresses, so that not all of server.max_sessions = " +
                               std::to_string(config_.server.max_sessions) + " can be served");
  }

  void check_name_servers(const std::string& key, const std::vector<Ipv4Address>& servers) {
    for (const Pool& pool : pools()) {
      for (const Ipv4Address server : servers) {
        if (!pool.contains(server)) continue;
        add(Severity::warning, key + ": " + server.to_string() + " is one of " + pool.key);
      }
    }
  }

  void check_keep_alive() {
    if (config_.ppp.lcp_echo_interval.count() != 0) return;
    add(Severity::warning,
        "ppp.lcp_echo_interval: with 0 a client that has vanished is noticed by its control "
        "connection alone, which takes up to two minutes");
  }

  bool has_method(bool (*accepts)(AuthMethod)) const {
    return std::ranges::any_of(config_.auth.methods, accepts);
  }

  void check_methods() {
    if (!config_.encryption.required()) {
      check_none_is_last();
      return;
    }
    if (!has_method(ppp::yields_keys)) {
      add(Severity::error,
          "auth.methods: none of them yields keys for encryption, and encryption.policy is "
          "\"require\": nobody could connect; add \"mschapv2\", or set encryption.policy to "
          "\"prefer\"");
      return;
    }
    for (const AuthMethod method : config_.auth.methods) {
      if (ppp::yields_keys(method)) continue;
      add(Severity::warning,
          "auth.methods: " + quoted(method) +
              " yields no keys for encryption, which encryption.policy requires: it is offered to "
              "nobody, except to users whose line in the secrets file says encryption=prefer, "
              "allow or off");
    }
  }

  /// Where encryption is required it is not offered, and hides nothing.
  void check_none_is_last() {
    const auto& methods = config_.auth.methods;
    const auto none = std::ranges::find(methods, AuthMethod::none);
    if (none == methods.end() || none + 1 == methods.end()) return;
    add(Severity::warning, "auth.methods: what stands behind \"none\" is never used, from " +
                               quoted(*(none + 1)) + " on: put \"none\" last");
  }

  void check_login_switches() {
    const auto has_v2 = [](AuthMethod method) { return method == AuthMethod::ms_chap_v2; };
    if (config_.auth.password_change && !has_method(has_v2)) {
      add(Severity::warning,
          "auth.password_change: has no effect without \"mschapv2\" in auth.methods");
    }
    // The MS-CHAPs are those with a failure that invites to another try.
    if (config_.auth.retries != 0 && !has_method(ppp::yields_keys)) {
      add(Severity::warning,
          "auth.retries: has no effect without \"mschapv2\" or \"mschap\" in auth.methods");
    }
    const auto is_chap = [](AuthMethod method) {
      return method != AuthMethod::pap && method != AuthMethod::none;
    };
    if (config_.auth.rechallenge.count() != 0 && !has_method(is_chap)) {
      add(Severity::warning, "auth.rechallenge: has no effect without a CHAP in auth.methods");
    }
  }

  void check_encryption() {
    const ppp::EncryptionPolicy& policy = config_.encryption;
    if (policy.requirement != ppp::EncryptionPolicy::Requirement::off) return;
    if (policy.strengths != ppp::EncryptionPolicy{}.strengths) {
      add(Severity::warning,
          "encryption.strengths: has no effect while encryption.policy is "
          "\"off\"");
    }
    if (policy.stateful) {
      add(Severity::warning,
          "encryption.stateful: has no effect while encryption.policy is "
          "\"off\"");
    }
  }

  const Config& config_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> find_problems(const Config& config) { return Checker(config).run(); }

std::vector<Problem> find_user_problems(const Config& config, const auth::SecretsFile& users) {
  std::vector<Problem> problems;
  for (const auth::SecretsEntry& entry : users.entries()) {
    const auto& network = entry.options.network;
    if (!network) continue;
    const auto warn = [&](std::string message) {
      problems.push_back(
          {Problem::Severity::warning, config.auth.secrets, entry.line, 1, std::move(message)});
    };
    // The name is one of ours only where it is a pool's.
    if (!network->pool.empty() && !config.network.pools.contains(network->pool)) {
      warn(
          "pool= after -- names a pool that network.pools does not have: its user gets no address");
    }
    const bool misplaced = std::ranges::any_of(network->routes, [&](const Ipv4Network& route) {
      return route.contains(config.network.local_ip) || overlaps_a_pool(config.network, route);
    });
    if (misplaced) {
      warn(
          "routes= after -- has addresses of network.local_ip or of a pool, which are not behind a "
          "client: such a network is left out");
    }
  }
  return problems;
}

bool has_error(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.severity == Severity::error; });
}

std::uint64_t pool_size(const std::vector<AddressRange>& ranges) {
  std::uint64_t size = 0;
  for (const AddressRange& range : ranges) size += range.size();
  return size;
}

}  // namespace upptpd::config
