#include "config/weaker_choices.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace upptpd::config {
namespace {

using auth::UserOptions;
using ppp::AuthMethod;
using ppp::MppeBits;
using Requirement = ppp::EncryptionPolicy::Requirement;

using Found = std::vector<std::string>;

/// "setting = value" of each choice, with "LINE " before it where there is one.
Found found(const Config& config, std::span<const UserLine> users = {}) {
  Found out;
  for (const WeakerChoice& choice : weaker_choices(config, users)) {
    EXPECT_FALSE(choice.message.empty());
    out.push_back((choice.line == 0 ? "" : std::to_string(choice.line) + " ") + choice.setting +
                  " = " + choice.value);
  }
  return out;
}

Found found(const UserOptions& options) {
  const UserLine line{7, options};
  return found(Config{}, std::span(&line, 1));
}

TEST(WeakerChoices, DefaultsHaveNone) { EXPECT_EQ(found(Config{}), Found{}); }

TEST(WeakerChoices, ToStayRootIsOne) {
  Config config;
  config.server.user.clear();
  EXPECT_EQ(found(config), Found{"server.user = "});
}

TEST(WeakerChoices, EveryMethodButMsChapV2IsOne) {
  Config config;
  config.auth.methods = {AuthMethod::ms_chap_v2, AuthMethod::ms_chap_v1, AuthMethod::chap_md5,
                         AuthMethod::pap, AuthMethod::none};
  EXPECT_EQ(found(config), (Found{"auth.methods = mschap", "auth.methods = chap-md5",
                                  "auth.methods = pap", "auth.methods = none"}));
}

TEST(WeakerChoices, EveryPolicyButRequireIsOne) {
  Config config;
  config.encryption.requirement = Requirement::prefer;
  EXPECT_EQ(found(config), Found{"encryption.policy = prefer"});
  config.encryption.requirement = Requirement::allow;
  EXPECT_EQ(found(config), Found{"encryption.policy = allow"});
  config.encryption.requirement = Requirement::off;
  EXPECT_EQ(found(config), Found{"encryption.policy = off"});
}

TEST(WeakerChoices, EveryStrengthBut128IsOne) {
  Config config;
  config.encryption.strengths = MppeBits::kStrengths;
  EXPECT_EQ(found(config), (Found{"encryption.strengths = 56", "encryption.strengths = 40"}));
  config.encryption.strengths = MppeBits::k40;
  EXPECT_EQ(found(config), Found{"encryption.strengths = 40"});
}

TEST(WeakerChoices, StatefulKeysRetriesAndPasswordChangeAreSome) {
  Config config;
  config.encryption.stateful = true;
  EXPECT_EQ(found(config), Found{"encryption.stateful = true"});
  config = {};
  config.auth.retries = 3;
  EXPECT_EQ(found(config), Found{"auth.retries = 3"});
  config = {};
  config.auth.password_change = true;
  EXPECT_EQ(found(config), Found{"auth.password_change = true"});
}

TEST(WeakerChoices, GuessesWithoutALimitAreOne) {
  Config config;
  config.limits.login_failures = 0;
  EXPECT_EQ(found(config), Found{"limits.login_failures = 0"});
}

TEST(WeakerChoices, WhatIsNoWeakerIsNone) {
  Config config;
  config.auth.rechallenge = std::chrono::seconds(60);
  config.auth.strip_domain = false;
  EXPECT_EQ(found(config), Found{});
}

TEST(WeakerChoices, MethodsOfAUserAreJudgedLikeTheConfigurations) {
  UserOptions options;
  options.methods = {AuthMethod::ms_chap_v2, AuthMethod::pap};
  EXPECT_EQ(found(options), Found{"7 auth = pap"});
}

TEST(WeakerChoices, EncryptionOfAUserIsJudgedLikeTheConfigurations) {
  UserOptions options;
  options.requirement = Requirement::off;
  options.strengths = MppeBits::k128 | MppeBits::k56;
  options.stateful = true;
  EXPECT_EQ(found(options), (Found{"7 encryption = off", "7 strengths = 56", "7 stateful = true"}));
}

TEST(WeakerChoices, WordsThatRestrictAUserAreNone) {
  UserOptions options;
  EXPECT_EQ(found(options), Found{});
  options.methods = {AuthMethod::ms_chap_v2};
  options.requirement = Requirement::require;
  options.strengths = MppeBits::k128;
  options.disabled = true;
  options.expires = std::chrono::year(2027) / 1 / 31;
  options.hours = std::make_shared<auth::LoginHours>(*auth::LoginHours::parse("Wk"));
  EXPECT_EQ(found(options), Found{});
}

TEST(WeakerChoices, ConfigurationComesBeforeTheUsersInTheirOrder) {
  Config config;
  config.encryption.stateful = true;
  UserOptions first;
  first.stateful = true;
  UserOptions second;
  second.requirement = Requirement::allow;
  const std::vector<UserLine> users = {{3, first}, {9, second}};
  EXPECT_EQ(found(config, users),
            (Found{"encryption.stateful = true", "3 stateful = true", "9 encryption = allow"}));
}

TEST(WeakerChoices, SaysInASentenceWhatItMeans) {
  Config config;
  config.auth.methods = {AuthMethod::none};
  EXPECT_EQ(weaker_choices(config, {}).at(0).to_string(),
            "auth.methods = none: anybody is let in, nobody is asked who he is");
}

TEST(WeakerChoices, WhatIsInClearIsSaidToBe) {
  Config config;
  config.auth.methods = {AuthMethod::pap};
  config.encryption.requirement = Requirement::off;
  for (const WeakerChoice& choice : weaker_choices(config, {})) {
    EXPECT_NE(choice.message.find("in clear"), std::string::npos) << choice.to_string();
  }
}

}  // namespace
}  // namespace upptpd::config
