#include "ppp/encryption_policy.hpp"

#include <gtest/gtest.h>

namespace upptpd::ppp {
namespace {

using Requirement = EncryptionPolicy::Requirement;

TEST(EncryptionPolicy, IsLimitedToTheStrengthsThatThereAreKeysFor) {
  const EncryptionPolicy all{Requirement::require, MppeBits::kStrengths, false};
  EXPECT_EQ(all.limited_to(MppeBits::k128)->strengths, MppeBits::k128);
  EXPECT_FALSE(all.limited_to(0));
  EXPECT_EQ((EncryptionPolicy{Requirement::prefer}.limited_to(0)->requirement), Requirement::off);
}

TEST(EncryptionPolicy, IsNamedInConfigurationsAsItIsShown) {
  for (const char* name : {"require", "prefer", "allow", "off"}) {
    EXPECT_EQ(to_string(requirement_named(name).value()), name);
  }
  EXPECT_FALSE(requirement_named("Require"));
}

TEST(EncryptionPolicy, WhatIsAgreedOnInWords) {
  EXPECT_EQ(mode_in_words(MppeBits::k128 | MppeBits::kStateless), "MPPE-128 stateless");
  EXPECT_EQ(mode_in_words(MppeBits::k40), "MPPE-40 stateful");
  EXPECT_EQ(mode_in_words(MppeBits::kStateless), "none");
}

TEST(EncryptionPolicy, WhatAPeerOffersInWords) {
  EXPECT_EQ(offer_in_words(0x01000061), "40 bit, 128 bit, stateless, compression");
  EXPECT_EQ(offer_in_words(0), "no key length");
}

TEST(EncryptionPolicy, WhatAPolicyTakesInWords) {
  const auto words = [](Requirement requirement, std::uint32_t strengths, bool stateful) {
    return policy_in_words({requirement, strengths, stateful});
  };
  EXPECT_EQ(words(Requirement::require, MppeBits::k128, false), "MPPE-128 stateless");
  EXPECT_EQ(words(Requirement::require, MppeBits::k128, true), "MPPE-128, stateless or stateful");
  EXPECT_EQ(words(Requirement::prefer, MppeBits::k128 | MppeBits::k40, false),
            "MPPE-128 or MPPE-40 stateless");
  EXPECT_EQ(words(Requirement::off, MppeBits::k128, false), "no encryption");
  EXPECT_EQ(words(Requirement::require, 0, false), "no encryption");
}

}  // namespace
}  // namespace upptpd::ppp
