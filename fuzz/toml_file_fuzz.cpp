// Any text is either a configuration that the server could run with, or problems that a person can
// read.
#include <cstddef>
#include <cstdint>
#include <string>

#include "config/check.hpp"
#include "config/toml_file.hpp"
#include "config/weaker_choices.hpp"
#include "core/check.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::config;

void check_config(const Config& config) {
  check(config.server.port != 0 && config.server.max_sessions != 0);
  check(!config.server.listen.empty());
  check(!config.network.interface.empty() && config.network.interface.size() <= 15);
  check(config.network.local_ip.is_host());
  check(!config.network.client_ips.empty());
  for (const AddressRange& range : config.network.client_ips) {
    check(range.first <= range.last && range.first.is_host() && range.last.is_host());
  }
  check(config.network.dns.size() <= 2 && config.network.wins.size() <= 2);
  check(config.network.mtu >= 576 && config.network.mtu <= 1500);
  check(!config.auth.methods.empty() && config.encryption.strengths != 0);
  check(config.auth.methods.size() <= ppp::kAuthMethods.size());
  check((config.encryption.strengths & ~ppp::MppeBits::kStrengths) == 0);
  check(config.auth.rechallenge.count() == 0 || config.auth.rechallenge.count() >= 30);
  check(config.auth.retries <= 5);
  check(!config.auth.secrets.empty() && !config.auth.server_name.empty());
  check(config.ppp.lcp_echo_interval.count() >= 0 && config.ppp.lcp_echo_failure != 0);
  check(config.admin.socket.size() <= 107);
  for (const Problem& problem : find_problems(config)) check(!problem.message.empty());
  for (const WeakerChoice& choice : weaker_choices(config, {})) check(!choice.message.empty());
}

void check_problems(const std::vector<Problem>& problems) {
  check(!problems.empty());
  for (const Problem& problem : problems) {
    check(problem.line >= 1 && problem.column >= 1);
    check(problem.severity == Problem::Severity::error);
    for (const char c : problem.to_string()) check(c >= 0x20 && c < 0x7f);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = parse_toml(std::string(data, data + size), "fuzz.toml");
  if (config) {
    check_config(*config);
  } else {
    check_problems(config.error());
  }
  return 0;
}
