#include "config/check.hpp"

#include <algorithm>

namespace upptpd::config {
namespace {

using Severity = Problem::Severity;
using ppp::AuthMethod;

std::string quoted(AuthMethod method) { return '"' + std::string(ppp::word_for(method)) + '"'; }

class Checker {
 public:
  explicit Checker(const Config& config) : config_(config) {}

  std::vector<Problem> run() {
    check_listen();
    check_pool();
    check_pool_size();
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

  bool in_pool(Ipv4Address address) const {
    const auto& ranges = config_.network.client_ips;
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const AddressRange& range) { return range.contains(address); });
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
    for (const Ipv4Address address : listen) {
      if (!in_pool(address)) continue;
      add(Severity::error, "network.client_ips: contains " + address.to_string() +
                               ", which server.listen has: clients must not get it");
    }
  }

  void check_pool() {
    const Ipv4Address local = config_.network.local_ip;
    if (in_pool(local)) {
      add(Severity::error, "network.client_ips: contains network.local_ip, " + local.to_string() +
                               ": take it out of the range");
    }
    std::vector<AddressRange> ranges = config_.network.client_ips;
    std::sort(ranges.begin(), ranges.end(),
              [](const AddressRange& a, const AddressRange& b) { return a.first < b.first; });
    // Against the furthest end so far, since a range may lie inside an earlier one.
    Ipv4Address end;
    for (const AddressRange& range : ranges) {
      if (range.first <= end) {
        add(Severity::error,
            "network.client_ips: " + range.first.to_string() + " is there more than once");
      }
      end = std::max(end, range.last);
    }
  }

  void check_pool_size() {
    const std::uint64_t size = pool_size(config_.network.client_ips);
    // Who left max_sessions alone means the pool to be the limit.
    if (config_.server.max_sessions == ServerConfig{}.max_sessions) return;
    if (size >= config_.server.max_sessions) return;
    add(Severity::warning, "network.client_ips: has " + std::to_string(size) +
                               " addresses, so that not all of server.max_sessions = " +
                               std::to_string(config_.server.max_sessions) + " can be served");
  }

  void check_name_servers(const std::string& key, const std::vector<Ipv4Address>& servers) {
    for (const Ipv4Address server : servers) {
      if (!in_pool(server)) continue;
      add(Severity::warning, key + ": " + server.to_string() + " is one of network.client_ips");
    }
  }

  void check_keep_alive() {
    if (config_.ppp.lcp_echo_interval.count() != 0) return;
    add(Severity::warning,
        "ppp.lcp_echo_interval: with 0 a call whose client has vanished is never noticed, and "
        "keeps its address");
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
