// What CCP agrees to under each policy.
#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "ppp/ccp.hpp"
#include "ppp/option.hpp"
#include "unit/ppp/judgement_in_words.hpp"

namespace upptpd::ppp {
namespace {

using Bits = MppeBits;
using Requirement = EncryptionPolicy::Requirement;

class Ccp {
 public:
  explicit Ccp(EncryptionPolicy policy) : negotiation_(policy) { negotiation_.begin(); }

  std::string judged(const char* request, bool may_nak = true) {
    return judge_in_words(negotiation_, request, may_nak);
  }
  std::string proposal() { return to_hex(negotiation_.propose()); }
  std::string naked(const char* options) {
    return negotiation_.on_nak(from_hex(options)) == Agreement::possible ? proposal() : "the end";
  }
  std::string rejected() {
    return negotiation_.on_reject(negotiation_.propose()) == Agreement::possible ? proposal()
                                                                                 : "the end";
  }
  std::string agreed() {
    const auto modes = negotiation_.agreed();
    return modes ? in_words(*modes) : negotiation_.one_sided() ? "one-sided" : "nothing";
  }
  CcpNegotiation& operator*() { return negotiation_; }

 private:
  CcpNegotiation negotiation_;
};

constexpr EncryptionPolicy kAll = {.strengths = Bits::kStrengths};

TEST(CcpPolicy, OfSeveralStrengthsTheStrongestThatThePeerHas) {
  Ccp ccp(kAll);
  EXPECT_EQ(ccp.judged("1206 010000e1"), "nak 120601000040");
  EXPECT_EQ(ccp.judged("1206 010000a0"), "nak 120601000080");
  EXPECT_EQ(ccp.judged("1206 01000031"), "nak 120601000020");
  EXPECT_EQ(ccp.judged("1206 01000000"), "nak 120601000040");
}

// pppd with 40 bits alone ends the link where it is asked for 128.
TEST(CcpPolicy, AllAllowedStrengthsAreAskedForAndThePeerChooses) {
  Ccp ccp(kAll);
  EXPECT_EQ(ccp.proposal(), "1206010000e0");
  EXPECT_EQ(ccp.naked("1206 01000020"), "120601000020");
  Ccp acknowledged(kAll);
  acknowledged.proposal();
  (*acknowledged).on_ack();
  EXPECT_EQ(acknowledged.judged("1206 01000040"), "ack");
  EXPECT_EQ(acknowledged.agreed(), "MPPE-128 stateless");
}

TEST(CcpPolicy, AnyOneAllowedStrengthIsTakenAtOnce) {
  for (const char* request : {"1206 01000040", "1206 01000080", "1206 01000020"}) {
    EXPECT_EQ(Ccp(kAll).judged(request), "ack") << request;
  }
}

TEST(CcpPolicy, AStrengthThatIsNotAllowedIsNeverTaken) {
  Ccp ccp({.strengths = Bits::k128 | Bits::k56});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ccp.judged("1206 01000020"), "nak 120601000040");
  EXPECT_EQ(ccp.judged("1206 01000020", false), "reject 120601000020");
  EXPECT_EQ(ccp.naked("1206 01000020"), "the end");
}

TEST(CcpPolicy, OurOwnRequestFollowsThePeersSuggestionAsFarAsIsAllowed) {
  Ccp ccp(kAll);
  ccp.proposal();
  EXPECT_EQ(ccp.naked("1206 010000a0"), "120601000080");
  EXPECT_EQ(ccp.naked("1206 01000020"), "120601000020");
  EXPECT_EQ(ccp.naked("1206 00000020"), "120601000020") << "stateful is not allowed";
}

// Windows 95 and 98 mix the two directions up where they differ.
TEST(CcpPolicy, BothDirectionsGetTheSameWhereThePeerDoesNotInsist) {
  Ccp ccp(kAll);
  ccp.proposal();
  ccp.naked("1206 01000020");
  (*ccp).on_ack();
  EXPECT_EQ(ccp.judged("1206 010000e0"), "nak 120601000020");
  EXPECT_EQ(ccp.judged("1206 01000040"), "nak 120601000020");
  EXPECT_EQ(ccp.judged("1206 01000020"), "ack");
  EXPECT_EQ(ccp.agreed(), "MPPE-40 stateless");
}

TEST(CcpPolicy, DirectionsThatDifferAreTakenFromAPeerThatInsists) {
  Ccp ccp(kAll);
  ccp.proposal();
  (*ccp).on_ack();
  EXPECT_EQ(ccp.judged("1206 01000020"), "nak 120601000040");
  EXPECT_EQ(ccp.judged("1206 01000020"), "ack");
  EXPECT_EQ(ccp.agreed(), "MPPE-128 stateless in, MPPE-40 stateless out");
}

TEST(CcpPolicy, StatefulKeysOnlyForAPeerThatInsistsAndWhereAllowed) {
  Ccp refusing(kAll);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refusing.judged("1206 00000020"), "nak 120601000020");
  Ccp taking({.strengths = Bits::kStrengths, .stateful = true});
  EXPECT_EQ(taking.proposal(), "1206010000e0") << "we ask for stateless keys";
  EXPECT_EQ(taking.judged("1206 00000020"), "nak 120601000020");
  EXPECT_EQ(taking.judged("1206 00000020"), "ack");
  EXPECT_EQ(taking.naked("1206 00000020"), "120600000020");
  (*taking).on_ack();
  EXPECT_EQ(taking.agreed(), "MPPE-40 stateful");
}

TEST(CcpPolicy, CompressionIsNeverAgreedTo) {
  Ccp ccp({.requirement = Requirement::prefer, .strengths = Bits::kStrengths, .stateful = true});
  for (const char* request : {"1206 01000041", "1206 00000001", "1206 01000001"}) {
    for (int i = 0; i < 4; ++i) EXPECT_NE(ccp.judged(request), "ack") << request;
  }
}

TEST(CcpPolicy, WhoPrefersGoesOnWithoutAfterAReject) {
  Ccp ccp({.requirement = Requirement::prefer});
  EXPECT_EQ(ccp.rejected(), "") << "an empty request";
  EXPECT_EQ(ccp.judged(""), "ack");
  (*ccp).on_ack();
  EXPECT_EQ(ccp.agreed(), "nothing");
  EXPECT_EQ(ccp.judged("1206 01000040"), "reject 120601000040") << "one direction is none";
}

TEST(CcpPolicy, WhoPrefersPromptsAPeerThatAsksForNothingTwice) {
  Ccp ccp({.requirement = Requirement::prefer});
  EXPECT_EQ(ccp.judged(""), "nak 120601000040");
  EXPECT_EQ(ccp.judged(""), "nak 120601000040");
  EXPECT_EQ(ccp.judged(""), "ack");
}

TEST(CcpPolicy, WhoRequiresPromptsUntilItMustNot) {
  Ccp ccp({});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ccp.judged(""), "nak 120601000040");
  EXPECT_EQ(ccp.judged("", false), "ack");
  EXPECT_EQ(ccp.rejected(), "the end");
}

TEST(CcpPolicy, WhoAllowsTakesNoForAnAnswer) {
  Ccp ccp({.requirement = Requirement::allow});
  EXPECT_EQ(ccp.judged(""), "ack");
  EXPECT_EQ(ccp.judged("1206 00000000"), "ack");
  EXPECT_EQ(ccp.agreed(), "nothing");
  EXPECT_EQ(ccp.judged("1206 01000000"), "nak 120601000040") << "Windows 10, optional: it can";
  EXPECT_EQ(ccp.judged("1206 01000040"), "ack");
}

TEST(CcpPolicy, ZeroIsNoEncryptionWhereItNeedNotBe) {
  Ccp ccp({.requirement = Requirement::prefer});
  EXPECT_EQ(ccp.judged("1206 00000000"), "nak 120601000040");
  EXPECT_EQ(ccp.judged("1206 00000000"), "ack");
  EXPECT_EQ(ccp.agreed(), "nothing");
  EXPECT_NE(Ccp({}).judged("1206 00000000", false), "ack");
}

TEST(CcpPolicy, OneDirectionAloneIsSeen) {
  Ccp ccp({.requirement = Requirement::prefer});
  EXPECT_EQ(ccp.judged("1206 01000040"), "ack");
  EXPECT_EQ(ccp.agreed(), "one-sided");
}

// Whatever a peer says, what is agreed on is within the policy.
TEST(CcpPolicy, NothingOutsideThePolicyIsEverAgreedTo) {
  for (const std::uint32_t strengths : {Bits::k128, Bits::k40, Bits::k56 | Bits::k40}) {
    for (const bool stateful : {false, true}) {
      for (std::uint32_t low = 0; low < 256; ++low) {
        for (const std::uint32_t high : {0U, Bits::kStateless, 0x80000000U}) {
          Ccp ccp(
              {.requirement = Requirement::prefer, .strengths = strengths, .stateful = stateful});
          const std::uint32_t bits = high | low;
          const std::string request = to_hex(OptionList().add_u32(18, bits).bytes());
          for (int i = 0; i < 4; ++i) {
            if (ccp.judged(request.c_str()) != "ack" || bits == 0) continue;
            const std::uint32_t strength = bits & ~Bits::kStateless;
            EXPECT_TRUE(std::has_single_bit(strength)) << request;
            EXPECT_NE(strength & strengths, 0U) << request;
            EXPECT_TRUE(stateful || (bits & Bits::kStateless) != 0) << request;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace upptpd::ppp
