#include "auth/user_options.hpp"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace upptpd::auth {
namespace {

using ppp::AuthMethod;
using ppp::EncryptionPolicy;
using ppp::MppeBits;
using Requirement = EncryptionPolicy::Requirement;

Result<UserOptions> parse(const std::string& text) {
  std::istringstream stream(text);
  const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
  return parse_user_options(words);
}

UserOptions parsed(const std::string& text) {
  auto options = parse(text);
  if (!options) throw std::runtime_error(options.error().message);
  return *options;
}

/// Why a text is refused.
std::string refusal(const std::string& text) {
  const auto options = parse(text);
  return options ? "(accepted)" : options.error().message;
}

TEST(UserOptions, AreEmptyWithoutWords) {
  const UserOptions options = parsed("");
  EXPECT_TRUE(options.methods.empty());
  EXPECT_FALSE(options.requirement);
  EXPECT_FALSE(options.strengths);
  EXPECT_FALSE(options.stateful);
  EXPECT_FALSE(options.disabled);
  EXPECT_FALSE(options.expires);
  EXPECT_EQ(options.hours, nullptr);
  EXPECT_EQ(options.network, nullptr);
}

TEST(UserOptions, ReadsEveryWord) {
  const UserOptions options = parsed(
      "auth=mschap,mschapv2,chap-md5,pap encryption=allow strengths=40,128 stateful disabled "
      "expires=2027-01-31 hours=Wk0800-1800");
  EXPECT_EQ(options.methods, (std::vector{AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2,
                                          AuthMethod::chap_md5, AuthMethod::pap}));
  EXPECT_EQ(options.requirement, Requirement::allow);
  EXPECT_EQ(options.strengths, MppeBits::k40 | MppeBits::k128);
  EXPECT_TRUE(options.stateful);
  EXPECT_TRUE(options.disabled);
  using namespace std::chrono;
  EXPECT_EQ(options.expires, 2027y / January / 31);
  ASSERT_NE(options.hours, nullptr);
  EXPECT_TRUE(options.hours->permits({{}, Monday, 8 * 60}));
  EXPECT_FALSE(options.hours->permits({{}, Sunday, 8 * 60}));
}

TEST(UserOptions, ReadsWhereTheUserIsInTheNetwork) {
  const UserOptions options =
      parsed("routes=10.5.0.0/16,10.6.0.0/24 pool=office-2 allow=192.168.1.5,10.0.0.0/8");
  ASSERT_NE(options.network, nullptr);
  EXPECT_EQ(options.network->pool, "office-2");
  EXPECT_EQ(options.network->allow, (std::vector<Ipv4Network>{{Ipv4Address(0xc0a80105), 32},
                                                              {Ipv4Address(0x0a000000), 8}}));
  EXPECT_EQ(options.network->routes, (std::vector<Ipv4Network>{{Ipv4Address(0x0a050000), 16},
                                                               {Ipv4Address(0x0a060000), 24}}));
}

TEST(UserOptions, RefusesNetworksThatAreNone) {
  for (const char* value : {"", ",", "10.0.0.1/8", "0.0.0.0/0", "127.0.0.0/8", "224.0.0.0/4",
                            "10.0.0.0/8,", "10.0.0.0/08", "fe80::/10"}) {
    EXPECT_EQ(refusal(std::string("allow=") + value),
              "allow= after --: must be a list of networks like 10.5.0.0/16, each without the bits "
              "of a host")
        << value;
  }
  std::string many = "routes=10.0.0.1";
  for (int i = 0; i < 64; ++i) many += ",10.0.0.1";
  EXPECT_EQ(refusal(many), "routes= after --: has more than 64 networks");
  EXPECT_NE(refusal("pool=a.b").find("must be the name of a pool"), std::string::npos);
}

TEST(UserOptions, WordsReadBack) {
  constexpr const char* kAllWords =
      "auth=mschapv2 encryption=require strengths=128 stateful disabled expires=2028-02-29 "
      "hours=Al,Sa2200-0100 pool=office allow=10.0.0.0/8,192.168.1.5 routes=10.5.0.0/16";
  for (const char* text : {"", "auth=pap,mschap", "encryption=off", "strengths=128,56,40",
                           "strengths=56", "stateful", "disabled expires=0999-02-01", kAllWords}) {
    std::string joined;
    for (const std::string& word : parsed(text).words()) {
      joined += (joined.empty() ? "" : " ") + word;
    }
    EXPECT_EQ(joined, text);
  }
}

TEST(UserOptions, RefusesAWordThatStandsTwice) {
  EXPECT_EQ(refusal("disabled stateful disabled"), "the word disabled stands twice after --");
  EXPECT_EQ(refusal("auth=pap auth=mschap"), "the word auth stands twice after --");
  EXPECT_EQ(refusal("expires=2027-01-31 expires=2027-01-31"),
            "the word expires stands twice after --");
}

TEST(UserOptions, RefusesValuesThatItDoesNotKnow) {
  EXPECT_EQ(refusal("auth=eap"),
            "auth= after --: must be a list of mschapv2, mschap, chap-md5, pap");
  EXPECT_EQ(refusal("auth=pap,"), refusal("auth=eap"));
  EXPECT_EQ(refusal("auth="), refusal("auth=eap"));
  EXPECT_EQ(refusal("auth=MSCHAP"), refusal("auth=eap"));
  EXPECT_EQ(refusal("auth=pap,pap"), "auth= after --: has a method twice");
  EXPECT_EQ(refusal("encryption=on"),
            "encryption= after --: must be require, prefer, allow or off");
  EXPECT_EQ(refusal("strengths=64"), "strengths= after --: must be a list of 128, 56, 40");
  EXPECT_EQ(refusal("strengths="), refusal("strengths=64"));
  EXPECT_EQ(refusal("strengths=40,128,40"), "strengths= after --: has a strength twice");
  EXPECT_NE(refusal("hours=8-17").find("hours= after --: item 1"), std::string::npos);
}

TEST(UserOptions, RefusesToLetANamedUserInWithoutALogin) {
  EXPECT_EQ(refusal("auth=mschapv2,none"),
            "auth= after --: cannot be none: a user who is named here logs in");
}

TEST(UserOptions, RefusesDaysThatDoNotExist) {
  for (const char* day : {"", "2027-02-29", "2027-13-01", "2027-00-10", "2027-01-00", "2027-1-31",
                          "31.01.2027", "2027-01-31x", "2027/01/31", "-001-01-01", "2027-+1-01"}) {
    EXPECT_EQ(refusal(std::string("expires=") + day),
              "expires= after --: must be a day that exists, as in 2027-01-31")
        << day;
  }
}

TEST(UserOptions, RefusesWordsWithoutTheirValueOrWithOneTooMany) {
  EXPECT_EQ(refusal("auth"), "the word auth after -- needs a value: auth=...");
  EXPECT_EQ(refusal("disabled=no"), "the word disabled after -- takes no value");
  EXPECT_EQ(refusal("stateful="), "the word stateful after -- takes no value");
}

TEST(UserOptions, TellsWordsOfLaterFromUnknownOnes) {
  for (const char* word : {"rate=1", "max-sessions=1", "idle=600", "idle", "max-session=5",
                           "dns=10.0.0.1", "ms-dns", "maxconnect"}) {
    EXPECT_NE(refusal(word).find("not yet"), std::string::npos) << word;
  }
  EXPECT_EQ(refusal("swordfish=1"),
            "a word after -- is not known; accepted are auth=, encryption=, strengths=, stateful, "
            "disabled, expires=, hours=, pool=, allow=, routes=");
  EXPECT_EQ(refusal("DISABLED"), refusal("swordfish=1"));
  EXPECT_EQ(refusal("=pap"), refusal("swordfish=1"));
}

TEST(UserOptions, RefusalsNeverShowAValue) {
  for (const char* name : {"auth", "encryption", "strengths", "stateful", "disabled", "expires",
                           "hours", "pool", "idle", "nothing"}) {
    EXPECT_EQ(refusal(std::string(name) + "=swordfish").find("fish"), std::string::npos) << name;
  }
}

TEST(UserOptions, OverrideThePolicyWhereTheySaySomething) {
  EncryptionPolicy policy;
  policy.requirement = Requirement::prefer;
  policy.strengths = MppeBits::k56;
  policy.stateful = true;
  EXPECT_EQ(UserOptions().applied_to(policy), policy);
  const EncryptionPolicy strict = parsed("encryption=require strengths=128").applied_to(policy);
  EXPECT_EQ(strict, (EncryptionPolicy{Requirement::require, MppeBits::k128, true}));
  EXPECT_TRUE(parsed("stateful").applied_to(EncryptionPolicy()).stateful);
  EXPECT_FALSE(UserOptions().applied_to(EncryptionPolicy()).stateful);
}

TEST(UserOptions, ContradictWhereRequiredEncryptionCanHaveNoKeys) {
  EXPECT_TRUE(parsed("auth=pap,chap-md5 encryption=require").contradict());
  EXPECT_FALSE(parsed("auth=pap,mschap encryption=require").contradict());
  EXPECT_FALSE(parsed("auth=pap encryption=prefer").contradict());
  EXPECT_FALSE(parsed("auth=pap").contradict());
  EXPECT_FALSE(parsed("encryption=require").contradict());
}

TEST(UserOptions, AnEntryWithoutThemIsSmall) { EXPECT_LE(sizeof(UserOptions), 80U); }

}  // namespace
}  // namespace upptpd::auth
