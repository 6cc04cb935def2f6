#include <gtest/gtest.h>

#include "config/toml_file.hpp"

namespace upptpd::config {
namespace {

using std::chrono::seconds;

LimitsConfig limits(const std::string& text) {
  const auto config = parse_toml("[limits]\n" + text + "\n", "test.toml");
  if (!config) ADD_FAILURE() << config.error().front().to_string();
  return config ? config->limits : LimitsConfig();
}

/// The first problem; empty if there is none.
std::string refusal(const std::string& text) {
  const auto config = parse_toml("[limits]\n" + text + "\n", "test.toml");
  return config ? std::string() : config.error().front().to_string();
}

TEST(TomlLimits, ReadsAll) {
  const LimitsConfig read = limits(R"(
prelogin = 2000
prelogin_per_address = 3
prelogin_per_network = 40
login_timeout = 30
login_failures = 5
block_time = 3600
allow = ["192.0.2.0/24", "198.51.100.7"]
deny = ["192.0.2.64/26"]
)");
  EXPECT_EQ(read.prelogin, 2000U);
  EXPECT_EQ(read.prelogin_per_address, 3U);
  EXPECT_EQ(read.prelogin_per_network, 40U);
  EXPECT_EQ(read.login_timeout, seconds(30));
  EXPECT_EQ(read.login_failures, 5U);
  EXPECT_EQ(read.block_time, seconds(3600));
  EXPECT_EQ(read.allow, (std::vector{*Ipv4Network::parse("192.0.2.0/24"),
                                     *Ipv4Network::parse("198.51.100.7")}));
  EXPECT_EQ(read.deny, std::vector{*Ipv4Network::parse("192.0.2.64/26")});
}

TEST(TomlLimits, ListsMayBeEmptyAndFailuresWithoutALimit) {
  EXPECT_EQ(limits("allow = []\ndeny = []"), LimitsConfig());
  EXPECT_EQ(limits("login_failures = 0").login_failures, 0U);
}

TEST(TomlLimits, RefusesWhatNoServerCouldWorkWith) {
  for (const char* text :
       {"prelogin = 0", "prelogin = 16385", "prelogin_per_address = 0", "prelogin_per_network = 0",
        "login_timeout = 0", "login_timeout = 4", "login_timeout = 601", "login_failures = -1",
        "login_failures = 1001", "block_time = 0", "block_time = 86401"}) {
    EXPECT_NE(refusal(text).find("must be an integer from "), std::string::npos) << text;
  }
  for (const char* text : {"allow = [\"192.0.2.1/24\"]", "deny = [\"example.org\"]", "deny = [1]",
                           "allow = \"192.0.2.1\""}) {
    EXPECT_NE(refusal(text), "") << text;
  }
}

}  // namespace
}  // namespace upptpd::config
