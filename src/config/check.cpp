#include "config/check.hpp"

#include <algorithm>

namespace upptpd::config {
namespace {

using Severity = Problem::Severity;

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
