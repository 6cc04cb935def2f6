#include "config/toml_file.hpp"

#include <gtest/gtest.h>

#include <string>

#include "config/toml_keys.hpp"

namespace upptpd::config {
namespace {

using ppp::AuthMethod;
using ppp::MppeBits;
using Requirement = ppp::EncryptionPolicy::Requirement;

Ipv4Address ip(std::string_view text) { return Ipv4Address::parse(text).value(); }

Config good(std::string_view text) {
  auto config = parse_toml(text, "test.toml");
  if (config) return *config;
  ADD_FAILURE() << config.error()[0].to_string();
  return {};
}

/// What is said about a text that is refused, one line a problem.
std::string refusal(std::string_view text) {
  const auto config = parse_toml(text, "test.toml");
  if (config) return "(accepted)";
  std::string out;
  for (const Problem& problem : config.error()) out += problem.to_string() + "\n";
  return out;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(TomlFile, EmptyTextIsTheDefaults) {
  const Config config = good("");
  EXPECT_EQ(config.server.listen, std::vector{ip("0.0.0.0")});
  EXPECT_EQ(config.server.port, 1723);
  EXPECT_EQ(config.server.max_sessions, 1000U);
  EXPECT_EQ(config.network.interface, "pptp0");
  EXPECT_EQ(config.network.local_ip, ip("192.168.0.1"));
  EXPECT_EQ(config.network.client_ips,
            (std::vector<AddressRange>{{ip("192.168.0.234"), ip("192.168.0.238")}}));
  EXPECT_TRUE(config.network.dns.empty());
  EXPECT_TRUE(config.network.wins.empty());
  EXPECT_EQ(config.network.mtu, 1400U);
  EXPECT_EQ(config.auth.methods, std::vector{AuthMethod::ms_chap_v2});
  EXPECT_EQ(config.auth.secrets, "/etc/upptpd/chap-secrets");
  EXPECT_EQ(config.auth.server_name, "pptpd");
  EXPECT_TRUE(config.auth.strip_domain);
  EXPECT_EQ(config.auth.same_user, SameUser::replace);
  EXPECT_EQ(config.auth.rechallenge, std::chrono::seconds(0));
  EXPECT_EQ(config.auth.retries, 0U);
  EXPECT_FALSE(config.auth.password_change);
  EXPECT_EQ(config.encryption.requirement, Requirement::require);
  EXPECT_EQ(config.encryption.strengths, MppeBits::k128);
  EXPECT_FALSE(config.encryption.stateful);
  EXPECT_EQ(config.ppp.lcp_echo_interval, std::chrono::seconds(30));
  EXPECT_EQ(config.ppp.lcp_echo_failure, 4U);
  EXPECT_EQ(config.admin.socket, "/run/upptpd/admin.sock");
}

TEST(TomlFile, ReadsEveryKey) {
  const Config config = good(R"(
[server]
listen = ["192.0.2.1", "127.0.0.1"]
port = 1724
max_sessions = 7
[network]
interface = "vpn"
local_ip = "10.0.0.1"
client_ips = ["10.0.0.2-9", "10.0.1.0/30"]
dns = ["10.0.0.1", "10.0.0.20"]
wins = ["10.0.0.1"]
mtu = 1300
[auth]
methods = ["mschap", "mschapv2"]
secrets = "/srv/secrets"
server_name = "vpn.example.org"
strip_domain = false
same_user = "deny"
rechallenge = 600
retries = 2
password_change = true
[encryption]
policy = "prefer"
strengths = [40, 128]
stateful = true
[ppp]
lcp_echo_interval = 0
lcp_echo_failure = 9
[admin]
socket = "/srv/socket"
)");
  EXPECT_EQ(config.server.listen, (std::vector{ip("192.0.2.1"), ip("127.0.0.1")}));
  EXPECT_EQ(config.server.port, 1724);
  EXPECT_EQ(config.server.max_sessions, 7U);
  EXPECT_EQ(config.network.interface, "vpn");
  EXPECT_EQ(config.network.local_ip, ip("10.0.0.1"));
  EXPECT_EQ(config.network.client_ips,
            (std::vector<AddressRange>{{ip("10.0.0.2"), ip("10.0.0.9")},
                                       {ip("10.0.1.1"), ip("10.0.1.2")}}));
  EXPECT_EQ(config.network.dns, (std::vector{ip("10.0.0.1"), ip("10.0.0.20")}));
  EXPECT_EQ(config.network.wins, std::vector{ip("10.0.0.1")});
  EXPECT_EQ(config.network.mtu, 1300U);
  EXPECT_EQ(config.auth.secrets, "/srv/secrets");
  EXPECT_EQ(config.auth.server_name, "vpn.example.org");
  EXPECT_FALSE(config.auth.strip_domain);
  EXPECT_EQ(config.auth.same_user, SameUser::deny);
  EXPECT_EQ(config.auth.methods, (std::vector{AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2}));
  EXPECT_EQ(config.auth.rechallenge, std::chrono::seconds(600));
  EXPECT_EQ(config.auth.retries, 2U);
  EXPECT_TRUE(config.auth.password_change);
  EXPECT_EQ(config.encryption.requirement, Requirement::prefer);
  EXPECT_EQ(config.encryption.strengths, MppeBits::k40 | MppeBits::k128);
  EXPECT_TRUE(config.encryption.stateful);
  EXPECT_EQ(config.ppp.lcp_echo_interval, std::chrono::seconds(0));
  EXPECT_EQ(config.ppp.lcp_echo_failure, 9U);
  EXPECT_EQ(config.admin.socket, "/srv/socket");
}

TEST(TomlFile, ReadsTheLanSide) {
  const Config config = good(R"(
[network]
domain = "example.org"
routes = ["10.0.0.0/8", "172.16.3.4/32"]
mss_clamp = false
proxy_arp = ["eth1", "br0"]
arp_probe = false
client_to_client = "deny"
[network.pools]
office = ["10.1.2.0/30"]
[network.client_routes]
branch = ["10.5.0.0/16"]
[hooks]
ip_pre_up = "pre"
ip_up = "/etc/ppp/ip-up"
timeout = 5
parallel = 2
)");
  EXPECT_EQ(config.network.domain, "example.org");
  EXPECT_EQ(config.network.routes,
            (std::vector<Ipv4Network>{{ip("10.0.0.0"), 8}, {ip("172.16.3.4"), 32}}));
  EXPECT_FALSE(config.network.mss_clamp);
  EXPECT_EQ(config.network.proxy_arp, (ProxyArp{ProxyArp::Mode::listed, {"eth1", "br0"}}));
  EXPECT_FALSE(config.network.arp_probe);
  EXPECT_FALSE(config.network.client_to_client);
  EXPECT_EQ(config.network.pools.at("office"),
            (std::vector<AddressRange>{{ip("10.1.2.1"), ip("10.1.2.2")}}));
  EXPECT_EQ(config.network.client_routes.at("branch"),
            (std::vector<Ipv4Network>{{ip("10.5.0.0"), 16}}));
  EXPECT_EQ(config.hooks.ip_up, "/etc/ppp/ip-up");
  EXPECT_EQ(config.hooks.ip_pre_up, "pre");
  EXPECT_EQ(config.hooks.ip_down, "");
  EXPECT_EQ(config.hooks.timeout, std::chrono::seconds(5));
  EXPECT_EQ(config.hooks.parallel, 2U);
}

TEST(TomlFile, ProxyArpIsAWordOrNames) {
  EXPECT_EQ(good("network.proxy_arp = \"off\"").network.proxy_arp.mode, ProxyArp::Mode::off);
  EXPECT_EQ(good("network.proxy_arp = \"auto\"").network.proxy_arp.mode, ProxyArp::Mode::automatic);
  EXPECT_TRUE(contains(refusal("network.proxy_arp = \"eth1\""), "accepted: auto, off"));
  EXPECT_TRUE(contains(refusal("network.proxy_arp = true"),
                       "must be an array like \"auto\", \"off\", or names of interfaces"));
  EXPECT_TRUE(contains(refusal("network.proxy_arp = []"), "must not be empty"));
  EXPECT_TRUE(contains(refusal("network.proxy_arp = [\"a/b\"]"), "an interface name has no '/'"));
}

TEST(TomlFile, NetworksToRouteSayWhatIsWrong) {
  EXPECT_TRUE(contains(refusal("network.routes = [\"10.0.0.1/8\"]"),
                       "\"10.0.0.1/8\" names a host in a network: write \"10.0.0.0/8\""));
  EXPECT_TRUE(contains(refusal("network.routes = [\"0.0.0.0/0\"]"), "is every address"));
  EXPECT_TRUE(contains(refusal("network.routes = [\"224.0.0.0/4\"]"), "no host can have"));
  EXPECT_TRUE(contains(refusal("network.client_routes = { bob = [\"10.0.0.0/33\"] }"),
                       "network.client_routes.bob: \"10.0.0.0/33\" is not a network"));
  EXPECT_TRUE(
      contains(refusal("network.client_routes = [\"10.0.0.0/8\"]"), "must be a table like"));
}

TEST(TomlFile, PoolsHaveNamesThatFitInAWord) {
  EXPECT_TRUE(contains(refusal("[network.pools]\n\"a b\" = [\"10.0.0.0/24\"]"), "unlike \"a b\""));
  EXPECT_TRUE(contains(refusal("[network.pools]\na = []"), "network.pools.a: must not be empty"));
  EXPECT_TRUE(contains(refusal("network.pools = 1"), "must be a table like"));
}

TEST(TomlFile, DomainIsOneThatANameServerKnows) {
  EXPECT_EQ(good("network.domain = \"\"").network.domain, "");
  EXPECT_TRUE(contains(refusal("network.domain = \"a domain\""), "network.domain: "));
  EXPECT_TRUE(contains(refusal("network.domain = \"" + std::string(254, 'a') + "\""), "octets"));
}

TEST(TomlFile, SameUserIsOneOfThree) {
  EXPECT_EQ(good("auth.same_user = \"replace\"").auth.same_user, SameUser::replace);
  EXPECT_EQ(good("auth.same_user = \"allow\"").auth.same_user, SameUser::allow);
  const std::string refused = refusal("[auth]\nsame_user = \"kill\"\n");
  EXPECT_TRUE(contains(refused, "test.toml:2:13: auth.same_user: ")) << refused;
  EXPECT_TRUE(contains(refused, "replace, deny, allow")) << refused;
}

TEST(TomlFile, MethodsKeepTheirOrder) {
  EXPECT_EQ(good("auth.methods = [\"none\", \"pap\", \"chap-md5\", \"mschap\", \"mschapv2\"]")
                .auth.methods,
            (std::vector{AuthMethod::none, AuthMethod::pap, AuthMethod::chap_md5,
                         AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2}));
}

TEST(TomlFile, RechallengeIsOffOrNotTooOften) {
  EXPECT_EQ(good("auth.rechallenge = 0").auth.rechallenge, std::chrono::seconds(0));
  EXPECT_EQ(good("auth.rechallenge = 30").auth.rechallenge, std::chrono::seconds(30));
  EXPECT_EQ(good("auth.rechallenge = 86400").auth.rechallenge, std::chrono::seconds(86400));
  EXPECT_EQ(refusal("[auth]\nrechallenge = 29"),
            "test.toml:2:15: auth.rechallenge: must be 0 (never) or at least 30 seconds, not 29\n");
  EXPECT_TRUE(contains(refusal("auth.rechallenge = 1"), "at least 30 seconds, not 1\n"));
  for (const char* value : {"-1", "86401"}) {
    EXPECT_TRUE(contains(refusal(std::string("auth.rechallenge = ") + value),
                         "must be an integer from 0 to 86400 seconds (0: never), not "));
  }
}

TEST(TomlFile, RetriesAreAtMostFive) {
  EXPECT_EQ(good("auth.retries = 0").auth.retries, 0U);
  EXPECT_EQ(good("auth.retries = 5").auth.retries, 5U);
  EXPECT_TRUE(
      contains(refusal("auth.retries = 6"), "auth.retries: must be an integer from 0 to 5, not 6"));
  EXPECT_TRUE(contains(refusal("auth.retries = -1"), "must be an integer from 0 to 5, not -1"));
}

TEST(TomlFile, SwitchesAreTrueOrFalse) {
  EXPECT_TRUE(good("auth.password_change = true").auth.password_change);
  EXPECT_FALSE(good("auth.password_change = false").auth.password_change);
  EXPECT_TRUE(good("encryption.stateful = true").encryption.stateful);
  EXPECT_FALSE(good("encryption.stateful = false").encryption.stateful);
  for (const char* key : {"auth.password_change", "encryption.stateful"}) {
    EXPECT_TRUE(contains(refusal(std::string(key) + " = 1"),
                         std::string(key) + ": must be true or false, not an integer"));
  }
}

TEST(TomlFile, PolicyIsOneOfFour) {
  EXPECT_EQ(good("encryption.policy = \"require\"").encryption.requirement, Requirement::require);
  EXPECT_EQ(good("encryption.policy = \"prefer\"").encryption.requirement, Requirement::prefer);
  EXPECT_EQ(good("encryption.policy = \"allow\"").encryption.requirement, Requirement::allow);
  EXPECT_EQ(good("encryption.policy = \"off\"").encryption.requirement, Requirement::off);
}

TEST(TomlFile, StrengthsAreASet) {
  EXPECT_EQ(good("encryption.strengths = [128, 56, 40]").encryption.strengths,
            MppeBits::kStrengths);
  EXPECT_EQ(good("encryption.strengths = [56]").encryption.strengths, MppeBits::k56);
  EXPECT_TRUE(contains(refusal("encryption.strengths = [256]"),
                       "must be an integer from 1 to 128 bits, not 256"));
}

TEST(TomlFile, RelativePathsAreTakenFromTheFolderOfTheFile) {
  const auto config =
      parse_toml("auth.secrets = \"users\"\nadmin.socket = \"s\"", "/etc/vpn/a.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->auth.secrets, "/etc/vpn/users");
  EXPECT_EQ(config->admin.socket, "/etc/vpn/s");
  EXPECT_EQ(parse_toml("auth.secrets = \"users\"", "a.toml")->auth.secrets, "users");
}

TEST(TomlFile, ProblemsHaveFileLineAndColumn) {
  EXPECT_EQ(refusal("[server]\nport = 0\n"),
            "test.toml:2:8: server.port: must be an integer from 1 to 65535, not 0\n");
}

TEST(TomlFile, SyntaxErrorHasItsPlace) {
  EXPECT_TRUE(refusal("[server]\nport = = 1\n").starts_with("test.toml:2:8: "));
  EXPECT_TRUE(refusal("[server\n").starts_with("test.toml:1:"));
  EXPECT_TRUE(refusal("[server]\nport = 1\nport = 2\n").starts_with("test.toml:3:"));
  EXPECT_TRUE(refusal("a = \"\xff\"").starts_with("test.toml:1:"));
}

TEST(TomlFile, ReportsAllProblemsInTheirOrder) {
  const auto config = parse_toml(
      "[network]\nmtu = 1\nlocal_ip = \"x\"\nclient_ips = [\"y\", \"z\"]\n[auth]\nsecrets = "
      "1\n[server]\nprot = 1\n",
      "f");
  ASSERT_FALSE(config);
  std::vector<unsigned> lines;
  for (const Problem& problem : config.error()) lines.push_back(problem.line);
  EXPECT_EQ(lines, (std::vector<unsigned>{2, 3, 4, 4, 6, 8}));
}

TEST(TomlFile, UnknownKeyIsAnErrorThatNamesTheNearest) {
  EXPECT_TRUE(contains(refusal("[server]\nlisen = []"),
                       "server.lisen: unknown key; did you mean listen in [server]?"));
  EXPECT_TRUE(contains(refusal("[network]\nlocal-ip = 1"), "did you mean local_ip in [network]?"));
  EXPECT_TRUE(
      contains(refusal("[ppp]\nlcp_echo_fail = 1"), "did you mean lcp_echo_failure in [ppp]?"));
}

TEST(TomlFile, KeyInTheWrongPlaceIsAnErrorThatNamesTheRightOne) {
  EXPECT_TRUE(contains(refusal("[network]\nport = 1"), "did you mean port in [server]?"));
  EXPECT_TRUE(contains(refusal("mtu = 1400"), "mtu: unknown key; did you mean mtu in [network]?"));
}

TEST(TomlFile, KeyThatResemblesNoneIsAnErrorThatListsAll) {
  EXPECT_TRUE(contains(refusal("[encryption]\nblowfish = 1"),
                       "; accepted here: policy, strengths, stateful"));
  EXPECT_TRUE(contains(refusal("blowfish = 1"), "the tables are [admin], [auth], "));
}

TEST(TomlFile, UnknownTableIsAnError) {
  EXPECT_TRUE(contains(refusal("[sever]\nport = 1"),
                       "test.toml:1:2: [sever]: unknown table; did you mean [server]?"));
  EXPECT_TRUE(contains(refusal("[blowfish]"), "the tables are [admin]"));
}

TEST(TomlFile, TableThatIsNoneIsAnError) {
  EXPECT_TRUE(contains(refusal("server = 1"), "server: must be a table"));
  EXPECT_TRUE(contains(refusal("[[server]]\nport = 1"), "server: must be a table"));
}

TEST(TomlFile, KeysOfLaterVersionsAreNotYet) {
  for (const TomlKey& key : toml_keys()) {
    if (key.read != nullptr) continue;
    const std::string name = std::string(key.table) + "." + std::string(key.name);
    EXPECT_TRUE(contains(refusal(name + " = 1"), name + ": not yet")) << name;
  }
}

TEST(TomlFile, TablesOfLaterVersionsAreNotYet) {
  for (const std::string table : {"log", "history"}) {
    EXPECT_TRUE(contains(refusal("[" + table + "]\na = 1"), "[" + table + "]: not yet"));
  }
}

TEST(TomlFile, UnknownValuesAreErrorsThatSayWhatIsAccepted) {
  EXPECT_TRUE(contains(refusal("auth.methods = [\"eap\"]"),
                       "\"eap\" is unknown; accepted: mschapv2, mschap, chap-md5, pap, none\n"));
  EXPECT_TRUE(contains(refusal("encryption.policy = \"on\""),
                       "\"on\" is unknown; accepted: require, prefer, allow, off\n"));
  EXPECT_TRUE(contains(refusal("encryption.strengths = [64]"),
                       "\"64\" is unknown; accepted: 128, 56, 40\n"));
}

TEST(TomlFile, WrongTypesAreErrorsThatSayWhichIsRight) {
  EXPECT_TRUE(contains(refusal("server.port = \"1723\""),
                       "must be an integer from 1 to 65535, not a string"));
  EXPECT_TRUE(contains(refusal("server.listen = \"0.0.0.0\""),
                       "must be an array like [\"0.0.0.0\"], not a string"));
  EXPECT_TRUE(contains(refusal("server.listen = [1]"), "must be a string, not an integer"));
  EXPECT_TRUE(contains(refusal("auth.strip_domain = 1"), "must be true or false, not an integer"));
  EXPECT_TRUE(contains(refusal("network.mtu = 1400.0"), "not a floating-point number"));
  EXPECT_TRUE(contains(refusal("encryption.strengths = [\"128\"]"), "must be an integer"));
  EXPECT_TRUE(contains(refusal("auth.secrets = {a = 1}"), "must be a string, not a table"));
  EXPECT_TRUE(contains(refusal("auth.secrets = 2024-01-01"), "not a date or time"));
}

TEST(TomlFile, RefusesImpossibleNumbers) {
  for (const char* text :
       {"server.port = 0", "server.port = 65536", "server.port = -1", "server.max_sessions = 0",
        "server.max_sessions = 65536", "network.mtu = 575", "network.mtu = 1501",
        "ppp.lcp_echo_interval = -1", "ppp.lcp_echo_interval = 86401", "ppp.lcp_echo_failure = 0",
        "ppp.lcp_echo_failure = 256"}) {
    EXPECT_TRUE(contains(refusal(text), "must be an integer from ")) << text;
  }
  EXPECT_EQ(good("network.mtu = 576").network.mtu, 576U);
  EXPECT_EQ(good("network.mtu = 1500").network.mtu, 1500U);
}

TEST(TomlFile, RefusesImpossibleAddresses) {
  for (const char* text :
       {"server.listen = [\"224.0.0.1\"]", "server.listen = [\"::\"]",
        "server.listen = [\"localhost\"]", "network.local_ip = \"127.0.0.1\"",
        "network.local_ip = \"0.0.0.0\"", "network.local_ip = \"10.0.0.1/24\"",
        "network.dns = [\"255.255.255.255\"]", "network.wins = [\"0.0.0.0\"]",
        "network.client_ips = [\"127.0.0.1\"]", "network.client_ips = [\"10.0.0.9-1\"]"}) {
    EXPECT_TRUE(contains(refusal(text), "test.toml:1:")) << text;
  }
}

TEST(TomlFile, RefusesEmptyLists) {
  for (const char* key :
       {"server.listen", "network.client_ips", "auth.methods", "encryption.strengths"}) {
    EXPECT_TRUE(contains(refusal(std::string(key) + " = []"), "must not be empty")) << key;
  }
  EXPECT_TRUE(good("network.dns = []").network.dns.empty());
}

TEST(TomlFile, RefusesMoreThanTwoNameServers) {
  EXPECT_TRUE(
      contains(refusal("network.dns = [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\"]"), "at most two"));
}

TEST(TomlFile, RefusesWhatIsThereTwice) {
  EXPECT_TRUE(contains(refusal("auth.methods = [\"mschapv2\", \"mschapv2\"]"), "twice"));
  EXPECT_TRUE(contains(refusal("encryption.strengths = [128, 128]"), "twice"));
}

TEST(TomlFile, RefusesImpossibleInterfaceNames) {
  for (const char* name :
       {"", "sixteen_letters_", "a/b", "a b", "a:b", "tun%d", ".", "..", "a\\u0000b", "a\\tb"}) {
    EXPECT_TRUE(contains(refusal("network.interface = \"" + std::string(name) + "\""),
                         "network.interface: "))
        << name;
  }
  EXPECT_EQ(good("network.interface = \"fifteen_letters\"").network.interface, "fifteen_letters");
}

TEST(TomlFile, RefusesImpossibleTexts) {
  EXPECT_TRUE(contains(refusal("auth.secrets = \"\""), "must have from 1 to"));
  EXPECT_TRUE(contains(refusal("auth.secrets = \"a\\u0000b\""), "control characters"));
  EXPECT_TRUE(contains(refusal("auth.server_name = \"*\""), "its own meaning"));
  EXPECT_TRUE(
      contains(refusal("auth.server_name = \"" + std::string(256, 'x') + "\""), "1 to 255 octets"));
  EXPECT_TRUE(
      contains(refusal("admin.socket = \"/" + std::string(107, 'x') + "\""), "at most 107 octets"));
}

TEST(TomlFile, MessagesStayPrintable) {
  const std::string text =
      refusal("\"a\\u0001\\n\" = 1\n[server]\n\"\\u007f\" = 1\nlisten = [\"\xc3\xbc\"]\n");
  for (const char c : text) EXPECT_TRUE((c >= 0x20 && c < 0x7f) || c == '\n');
}

}  // namespace
}  // namespace upptpd::config
