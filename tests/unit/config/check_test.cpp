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

using ppp::AuthMethod;
using Requirement = ppp::EncryptionPolicy::Requirement;

/// The only problem's message; where there is not exactly one, that is a failure.
std::string only_message(const Config& config) {
  const std::vector<Problem> problems = find_problems(config);
  EXPECT_EQ(problems.size(), 1U);
  return problems.size() == 1 ? problems[0].message : "";
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
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

TEST(FindProblems, RequiredEncryptionWithoutAMethodForItIsAnError) {
  for (const AuthMethod method : {AuthMethod::chap_md5, AuthMethod::pap, AuthMethod::none}) {
    Config config;
    config.auth.methods = {method};
    EXPECT_EQ(found(config), Found{"error auth.methods"});
    EXPECT_TRUE(contains(only_message(config),
                         "nobody could connect; add \"mschapv2\", or set "
                         "encryption.policy to \"prefer\""));
    for (const Requirement other : {Requirement::prefer, Requirement::allow, Requirement::off}) {
      config.encryption.requirement = other;
      EXPECT_EQ(found(config), Found{});
    }
  }
}

TEST(FindProblems, EitherMsChapIsEnoughForRequiredEncryption) {
  Config config;
  config.auth.methods = {AuthMethod::ms_chap_v1};
  EXPECT_EQ(found(config), Found{});
  config.auth.methods = {AuthMethod::ms_chap_v2, AuthMethod::ms_chap_v1};
  EXPECT_EQ(found(config), Found{});
}

TEST(FindProblems, EachMethodThatRequiredEncryptionHidesIsAWarning) {
  Config config;
  config.auth.methods = {AuthMethod::ms_chap_v2, AuthMethod::pap, AuthMethod::chap_md5};
  EXPECT_EQ(found(config), (Found{"warning auth.methods", "warning auth.methods"}));
  EXPECT_TRUE(contains(find_problems(config)[0].message, "\"pap\" yields no keys"));
  EXPECT_TRUE(contains(find_problems(config)[1].message, "\"chap-md5\" yields no keys"));
  config.encryption.requirement = Requirement::prefer;
  EXPECT_EQ(found(config), Found{});
}

TEST(FindProblems, WhatStandsBehindNoneIsAWarning) {
  Config config;
  config.encryption.requirement = Requirement::allow;
  config.auth.methods = {AuthMethod::none, AuthMethod::ms_chap_v2, AuthMethod::pap};
  EXPECT_EQ(found(config), Found{"warning auth.methods"});
  EXPECT_TRUE(contains(only_message(config), "never used, from \"mschapv2\" on"));
  config.auth.methods = {AuthMethod::ms_chap_v2, AuthMethod::none};
  EXPECT_EQ(found(config), Found{});
}

TEST(FindProblems, NoneHidesNothingWhereItIsNotOffered) {
  Config config;
  config.auth.methods = {AuthMethod::none, AuthMethod::ms_chap_v2};
  EXPECT_TRUE(contains(only_message(config), "\"none\" yields no keys"));
}

TEST(FindProblems, PasswordChangeNeedsMsChapV2) {
  Config config;
  config.auth.password_change = true;
  EXPECT_EQ(found(config), Found{});
  config.auth.methods = {AuthMethod::ms_chap_v1};
  EXPECT_EQ(found(config), Found{"warning auth.password_change"});
}

TEST(FindProblems, RetriesNeedAnMsChap) {
  Config config;
  config.encryption.requirement = Requirement::off;
  config.auth.retries = 2;
  for (const AuthMethod method : {AuthMethod::ms_chap_v2, AuthMethod::ms_chap_v1}) {
    config.auth.methods = {AuthMethod::pap, method};
    EXPECT_EQ(found(config), Found{});
  }
  config.auth.methods = {AuthMethod::chap_md5, AuthMethod::pap, AuthMethod::none};
  EXPECT_EQ(found(config), Found{"warning auth.retries"});
}

TEST(FindProblems, RechallengeNeedsAChap) {
  Config config;
  config.encryption.requirement = Requirement::off;
  config.auth.rechallenge = std::chrono::seconds(60);
  config.auth.methods = {AuthMethod::pap, AuthMethod::none};
  EXPECT_EQ(found(config), Found{"warning auth.rechallenge"});
  config.auth.methods = {AuthMethod::chap_md5};
  EXPECT_EQ(found(config), Found{});
}

TEST(FindProblems, DetailsOfEncryptionThatIsOffAreWarnings) {
  Config config;
  config.encryption.strengths = ppp::MppeBits::k128 | ppp::MppeBits::k40;
  config.encryption.stateful = true;
  EXPECT_EQ(found(config), Found{});
  config.encryption.requirement = Requirement::off;
  EXPECT_EQ(found(config), (Found{"warning encryption.strengths", "warning encryption.stateful"}));
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

TEST(FindProblems, PoolsHaveNoAddressInCommon) {
  Config config;
  config.network.pools["office"] = {range("192.168.0.238", "192.168.0.240")};
  EXPECT_EQ(only_message(config),
            "network.pools.office: 192.168.0.238 is in network.client_ips, too");
  config.network.pools["office"] = {range("192.168.0.1", "192.168.0.9")};
  EXPECT_EQ(only_message(config),
            "network.pools.office: contains network.local_ip, 192.168.0.1: "
            "take it out of the range");
}

TEST(FindProblems, NetworksBehindClientsAreNowhereElse) {
  Config config;
  config.network.client_routes["a"] = {*Ipv4Network::parse("10.0.0.0/8")};
  config.network.client_routes["b"] = {*Ipv4Network::parse("10.5.0.0/16")};
  EXPECT_EQ(only_message(config),
            "network.client_routes.b: 10.5.0.0/16 overlaps 10.0.0.0/8 of "
            "network.client_routes.a");
  config.network.client_routes = {{"a", {*Ipv4Network::parse("192.168.0.0/24")}}};
  EXPECT_EQ(found(config).size(), 2U) << "our own address, and the pool";
}

TEST(FindProblems, ProxyArpIsForTheLan) {
  Config config;
  config.network.proxy_arp = {ProxyArp::Mode::listed, {"eth1", "pptp0"}};
  EXPECT_EQ(only_message(config),
            "network.proxy_arp: pptp0 is the clients' own interface: name "
            "those of the LAN");
}

TEST(FindProblems, APoolOfAUserIsOneThatThereIs) {
  Config config;
  config.network.pools["office"] = {range("10.0.0.1", "10.0.0.5")};
  const auto users = auth::SecretsFile::parse(
      "a * secret * -- pool=office\nb * secret * -- pool=plant\nc * secret *\n");
  const auto problems = find_user_problems(config, users);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].to_string(),
            "/etc/upptpd/chap-secrets:2:1: warning: pool= after -- names a pool that network.pools "
            "does not have: its user gets no address");
}

}  // namespace
}  // namespace upptpd::config
