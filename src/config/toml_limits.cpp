#include "config/toml_limits.hpp"

#include "config/toml_addresses.hpp"

namespace upptpd::config {
namespace {

/// Each has a descriptor.
constexpr std::int64_t kMostPrelogin = 16384;
/// A login takes a second and its user's typing.
constexpr std::int64_t kShortestLoginTimeout = 5;
constexpr std::int64_t kLongestLoginTimeout = 600;
constexpr std::int64_t kMostFailures = 1000;
constexpr std::int64_t kLongestBlock = 86400;

void read_count(const Field& field, unsigned& count) {
  if (const auto number = field.integer(1, kMostPrelogin)) count = static_cast<unsigned>(*number);
}

void read_list(const Field& field, std::vector<Ipv4Network>& networks) {
  if (const auto items = field.items("[\"192.0.2.0/24\"]", true)) networks = read_networks(*items);
}

}  // namespace

void read_prelogin(const Field& field, Config& config) {
  read_count(field, config.limits.prelogin);
}

void read_prelogin_per_address(const Field& field, Config& config) {
  read_count(field, config.limits.prelogin_per_address);
}

void read_prelogin_per_network(const Field& field, Config& config) {
  read_count(field, config.limits.prelogin_per_network);
}

void read_login_timeout(const Field& field, Config& config) {
  if (const auto time = field.integer(kShortestLoginTimeout, kLongestLoginTimeout, " seconds")) {
    config.limits.login_timeout = std::chrono::seconds(*time);
  }
}

void read_login_failures(const Field& field, Config& config) {
  if (const auto count = field.integer(0, kMostFailures, " (0: any number)")) {
    config.limits.login_failures = static_cast<unsigned>(*count);
  }
}

void read_block_time(const Field& field, Config& config) {
  if (const auto time = field.integer(1, kLongestBlock, " seconds")) {
    config.limits.block_time = std::chrono::seconds(*time);
  }
}

void read_allow(const Field& field, Config& config) { read_list(field, config.limits.allow); }

void read_deny(const Field& field, Config& config) { read_list(field, config.limits.deny); }

}  // namespace upptpd::config
