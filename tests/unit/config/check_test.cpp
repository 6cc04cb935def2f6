#include "config/check.hpp"

#include <gtest/gtest.h>

#include <string>

namespace upptpd::config {
namespace {

Ipv4Address ip(std::string_view text) { return Ipv4Address::parse(text).value(); }

AddressRange range(std::string_view first, std::string_view last) { return {ip(first), ip(last)}; }

/// "error KEY" or "warning KEY" of each problem.
std::vector<std::string> found(const Config& config) {
  std::vector<std::string> out;
  for (const Problem& problem : find_problems(config)) {
    const bool is_error = problem.severity == Problem::Severity::error;
    out.push_back((is_error ? "error " : "warning ") +
                  problem.message.substr(0, problem.message.find(':')));
  }
  return out;
}

using Found = std::vector<std::string>;

TEST(FindProblems, HasNothingAgainstTheDefaults) { EXPECT_EQ(found(Config{}), Found{}); }

TEST(FindProblems, LocalAddressMustNotBeInThePool) {
  Config config;
  config.network.client_ips = {range("192.168.0.1", "192.168.0.9")};
  EXPECT_EQ(found(config), Found{"error network.client_ips"});
  EXPECT_NE(find_problems(config)[0].message.find("192.168.0.1"), std::string::npos);
}

TEST(FindProblems, RangesMustNotOverlap) {
  Config config;
  config.network.client_ips = {range("10.0.0.5", "10.0.0.9"), range("10.0.0.1", "10.0.0.5")};
  EXPECT_EQ(found(config), Found{"error network.client_ips"});
  EXPECT_NE(find_problems(config)[0].message.find("10.0.0.5"), std::string::npos);
}

TEST(FindProblems, SeesARangeInsideAnEarlierOne) {
  Config config;
  config.network.client_ips = {range("10.0.0.1", "10.0.0.99"), range("10.0.0.2", "10.0.0.3"),
                               range("10.0.0.50", "10.0.0.50")};
  EXPECT_EQ(found(config).size(), 2U);
}

TEST(FindProblems, NeighbouringRangesAreFine) {
  Config config;
  config.network.client_ips = {range("10.0.0.1", "10.0.0.5"), range("10.0.0.6", "10.0.0.9")};
  EXPECT_EQ(found(config), Found{});
}

TEST(FindProblems, PoolSmallerThanMaxSessionsIsAWarning) {
  Config config;
  config.server.max_sessions = 6;
  EXPECT_EQ(found(config), Found{"warning network.client_ips"});
  EXPECT_FALSE(has_error(find_problems(config)));
  config.server.max_sessions = 5;
  EXPECT_EQ(found(config), Found{});
}

TEST(FindProblems, DefaultMaxSessionsLeavesTheLimitToThePool) {
  Config config;
  config.network.client_ips = {range("10.0.0.1", "10.0.0.1")};
  EXPECT_EQ(found(config), Found{});
}

TEST(FindProblems, ListenAddressesMustNotRepeat) {
  Config config;
  config.server.listen = {ip("10.0.0.1"), ip("10.0.0.2"), ip("10.0.0.1")};
  EXPECT_EQ(found(config), Found{"error server.listen"});
}

TEST(FindProblems, ListenOnEveryAddressStandsAlone) {
  Config config;
  config.server.listen = {ip("10.0.0.1"), ip("0.0.0.0")};
  EXPECT_EQ(found(config), Found{"error server.listen"});
}

TEST(FindProblems, ListenAddressMustNotBeInThePool) {
  Config config;
  config.server.listen = {ip("192.168.0.235")};
  EXPECT_EQ(found(config), Found{"error network.client_ips"});
}

TEST(FindProblems, NameServerInThePoolIsAWarning) {
  Config config;
  config.network.dns = {ip("192.168.0.235"), ip("192.168.0.1")};
  config.network.wins = {ip("192.168.0.236")};
  EXPECT_EQ(found(config), (Found{"warning network.dns", "warning network.wins"}));
}

TEST(FindProblems, CallsWithoutKeepAliveAreAWarning) {
  Config config;
  config.ppp.lcp_echo_interval = std::chrono::seconds(0);
  EXPECT_EQ(found(config), Found{"warning ppp.lcp_echo_interval"});
}

TEST(FindProblems, KnowsErrorsFromWarnings) {
  EXPECT_FALSE(has_error({}));
  Problem problem;
  EXPECT_TRUE(has_error({problem}));
  problem.severity = Problem::Severity::warning;
  EXPECT_FALSE(has_error({problem}));
}

TEST(PoolSize, AddsUpTheRanges) {
  EXPECT_EQ(pool_size({range("10.0.0.1", "10.0.0.5"), range("10.0.1.1", "10.0.1.1")}), 6U);
  EXPECT_EQ(pool_size({range("0.0.0.0", "255.255.255.255")}), std::uint64_t{1} << 32);
}

TEST(Problem, RendersWithAsMuchOfItsPlaceAsIsKnown) {
  Problem problem{Problem::Severity::error, "a.toml", 3, 7, "text"};
  EXPECT_EQ(problem.to_string(), "a.toml:3:7: text");
  problem.severity = Problem::Severity::warning;
  EXPECT_EQ(problem.to_string(), "a.toml:3:7: warning: text");
  problem.line = 0;
  EXPECT_EQ(problem.to_string(), "a.toml: warning: text");
  problem.file.clear();
  EXPECT_EQ(problem.to_string(), "warning: text");
}

}  // namespace
}  // namespace upptpd::config
