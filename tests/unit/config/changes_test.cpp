#include "config/changes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/toml_keys.hpp"

namespace upptpd::config {
namespace {

using Keys = std::vector<std::string_view>;

TEST(Adapt, KnowsEveryKeyOfTheFile) {
  Keys accepted;
  std::vector<std::string> names;
  for (const TomlKey& key : toml_keys()) {
    if (key.read != nullptr) names.push_back(std::string(key.table) + "." + std::string(key.name));
  }
  for (const std::string& name : names) accepted.push_back(name);
  Keys known = changeable_keys();
  std::ranges::sort(known);
  std::ranges::sort(accepted);
  EXPECT_EQ(known, accepted);
}

TEST(Adapt, FindsNothingInTheSameConfiguration) {
  Config wanted;
  const Changes changes = adapt(wanted, Config{});
  EXPECT_EQ(changes.taken, Keys{});
  EXPECT_EQ(changes.need_restart, Keys{});
}

TEST(Adapt, TakesWhatARunningServerCanTake) {
  Config wanted;
  wanted.network.dns = {Ipv4Address(0x0a000001)};
  wanted.encryption.stateful = true;
  const Changes changes = adapt(wanted, Config{});
  EXPECT_EQ(changes.taken, (Keys{"network.dns", "encryption.stateful"}));
  EXPECT_TRUE(wanted.encryption.stateful);
}

TEST(Adapt, KeepsWhatNeedsARestart) {
  Config wanted;
  wanted.server.port = 1724;
  wanted.network.local_ip = Ipv4Address(0x0a000001);
  Config running;
  running.server.simple_path = true;  // is in no file
  const Changes changes = adapt(wanted, running);
  EXPECT_EQ(changes.need_restart, (Keys{"server.port", "network.local_ip"}));
  EXPECT_EQ(wanted.server.port, 1723);
  EXPECT_EQ(wanted.network.local_ip, running.network.local_ip);
  EXPECT_TRUE(wanted.server.simple_path);
}

}  // namespace
}  // namespace upptpd::config
