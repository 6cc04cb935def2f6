// The configuration that is shipped, against the program's own defaults.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "config/check.hpp"
#include "config/toml_file.hpp"
#include "config/toml_keys.hpp"
#include "config/weaker_choices.hpp"

namespace upptpd::config {
namespace {

std::string sample() {
  std::ifstream stream(SOURCE_DIR "/etc/upptpd.toml");
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(SampleToml, IsAcceptedWithoutAWarning) {
  ASSERT_FALSE(sample().empty());
  const auto config = parse_toml(sample(), "upptpd.toml");
  ASSERT_TRUE(config);
  EXPECT_TRUE(find_problems(*config).empty());
  EXPECT_TRUE(weaker_choices(*config, {}).empty());
}

TEST(SampleToml, ShowsEveryKeyWithItsDefault) {
  std::set<std::string> shown;
  std::string table;
  std::istringstream lines(sample());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[")) table = line.substr(1, line.find(']') - 1);
    const std::size_t equals = line.find(" = ");
    if (!line.starts_with("#") && equals != std::string::npos)
      shown.insert(table + "." + line.substr(0, equals));
  }
  for (const TomlKey& key : toml_keys()) {
    const std::string name = std::string(key.table) + "." + std::string(key.name);
    EXPECT_EQ(shown.contains(name), key.read != nullptr) << name;
  }
  const Config config = parse_toml(sample(), "upptpd.toml").value();
  const Config defaults;
  EXPECT_EQ(config.server.listen, defaults.server.listen);
  EXPECT_EQ(config.server.port, defaults.server.port);
  EXPECT_EQ(config.server.max_sessions, defaults.server.max_sessions);
  EXPECT_EQ(config.network.interface, defaults.network.interface);
  EXPECT_EQ(config.network.local_ip, defaults.network.local_ip);
  EXPECT_EQ(config.network.client_ips, defaults.network.client_ips);
  EXPECT_EQ(config.network.dns, defaults.network.dns);
  EXPECT_EQ(config.network.wins, defaults.network.wins);
  EXPECT_EQ(config.network.mtu, defaults.network.mtu);
  EXPECT_EQ(config.network.pools, defaults.network.pools);
  EXPECT_EQ(config.network.domain, defaults.network.domain);
  EXPECT_EQ(config.network.routes, defaults.network.routes);
  EXPECT_EQ(config.network.mss_clamp, defaults.network.mss_clamp);
  EXPECT_EQ(config.network.proxy_arp, defaults.network.proxy_arp);
  EXPECT_EQ(config.network.arp_probe, defaults.network.arp_probe);
  EXPECT_EQ(config.network.client_to_client, defaults.network.client_to_client);
  EXPECT_EQ(config.network.client_routes, defaults.network.client_routes);
  EXPECT_EQ(config.limits, defaults.limits);
  EXPECT_EQ(config.hooks, defaults.hooks);
  EXPECT_EQ(config.auth.methods, defaults.auth.methods);
  EXPECT_EQ(config.auth.secrets, defaults.auth.secrets);
  EXPECT_EQ(config.auth.server_name, defaults.auth.server_name);
  EXPECT_EQ(config.auth.strip_domain, defaults.auth.strip_domain);
  EXPECT_EQ(config.auth.same_user, defaults.auth.same_user);
  EXPECT_EQ(config.auth.rechallenge, defaults.auth.rechallenge);
  EXPECT_EQ(config.auth.retries, defaults.auth.retries);
  EXPECT_EQ(config.auth.password_change, defaults.auth.password_change);
  EXPECT_EQ(config.encryption, defaults.encryption);
  EXPECT_EQ(config.ppp.lcp_echo_interval, defaults.ppp.lcp_echo_interval);
  EXPECT_EQ(config.ppp.lcp_echo_failure, defaults.ppp.lcp_echo_failure);
  EXPECT_EQ(config.admin.socket, defaults.admin.socket);
}

}  // namespace
}  // namespace upptpd::config
