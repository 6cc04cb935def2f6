// Every row against every policy: who gets in and with what encryption, and who is refused, why,
// and with which error number.
#include <gtest/gtest.h>

#include "observe/verdict.hpp"
#include "profile_call.hpp"
#include "protocol_numbers.hpp"

namespace upptpd::profiles {
namespace {

using session::Cause;

struct Outcome {
  /// Refused for it; none: connected.
  std::optional<Cause> cause{};
  /// What is agreed on, as option 18 has it; 0 is clear.
  std::uint32_t encryption = 0;
  /// The RAS error that its user sees.
  unsigned error = 0;
};

Outcome with(std::uint32_t encryption) { return {{}, encryption, 0}; }
const Outcome kStrong = with(kStateless | k128);
const Outcome kClear = with(0);
const Outcome kNoMethod = {Cause::authentication_refused, 0, 919};
const Outcome kBadLogin = {Cause::authentication_failed, 0, 691};
const Outcome kNotEncrypted = {Cause::encryption_refused, 0, 742};

struct Expectation {
  const char* profile;
  Outcome by_default;
  Outcome legacy;
  Outcome open;
  /// What the list of sessions says.
  const char* recognised;
};

const std::vector<Expectation>& expectations() {
  static const std::vector<Expectation> rows = {
      {"Windows 95, DUN 1.2", kNoMethod, with(k40), with(k40), "Windows"},
      {"Windows 95, LM response only", kNoMethod, kBadLogin, kBadLogin, "Windows"},
      {"Windows 98, 40 bit", kNotEncrypted, with(kStateless | k40), with(kStateless | k40),
       "Windows 95-ME"},
      {"Windows 98, DUN 1.4", kStrong, kStrong, kStrong, "Windows 95-ME"},
      {"Windows NT 4, SP3", kNoMethod, with(k40), with(k40), "Windows NT 4"},
      {"Windows NT 4, SP6", kStrong, kStrong, kStrong, "Windows NT 4"},
      {"Windows 2000", kStrong, kStrong, kStrong, "Windows 2000"},
      {"Windows XP", kStrong, kStrong, kStrong, "Windows XP"},
      {"Windows 7", kStrong, kStrong, kStrong, "Windows Vista-11"},
      {"Windows 10", kStrong, kStrong, kStrong, "Windows 8-11"},
      {"Windows 10, encryption required", kStrong, kStrong, kStrong, "Windows Vista-11"},
      {"Windows 10, no encryption allowed", kNotEncrypted, kNotEncrypted, kClear,
       "Windows Vista-11"},
      {"Windows 10, asks again when CCP is open", kStrong, kStrong, kStrong, "Windows 8-11"},
      {"Windows 11", kStrong, kStrong, kStrong, "Windows 8-11"},
      {"macOS", kStrong, kStrong, kStrong, ""},
      {"pptp-linux", kStrong, kStrong, kStrong, "pptp-linux"},
      {"Cisco-like", kStrong, kStrong, kStrong, "Cisco IOS"},
      {"Cisco-like, stateful only", kNotEncrypted, with(k128), with(k128), "Cisco IOS"},
      // Where encryption is required PAP is not asked for: it leaves no keys.
      {"Ixia-like", kNoMethod, kNoMethod, kClear, "Ixia"},
      {"MikroTik-like", kStrong, kStrong, kStrong, "MikroTik"},
  };
  return rows;
}

void expect_no_flaws(const ProfileCall& call, const ProfileClient& client) {
  for (const std::string& flaw : client.flaws()) ADD_FAILURE() << "the client saw: " << flaw;
  EXPECT_LE(call.progress().statistics.drops.total(), 3U);
}

std::string recognised(const ProfileCall& call) {
  const auto events = call.events<session::PeerRecognised>();
  return events.empty() ? "nothing" : events.back().client;
}

void expect_connects(ProfileCall& call, const Outcome& expected) {
  ASSERT_TRUE(call.connect());
  EXPECT_EQ(call.client().link().encryption(), expected.encryption);
  const auto connected = call.events<session::Connected>();
  ASSERT_EQ(connected.size(), 1U);
  EXPECT_EQ(connected[0].encryption.has_value(), expected.encryption != 0);
  const ppp::EncryptionModes both{expected.encryption, expected.encryption};
  EXPECT_EQ(connected[0].encryption.value_or(ppp::EncryptionModes{}), both);
  EXPECT_EQ(call.client().link().address(),
            Ipv4Address::parse(ProfileCall::kClientAddress)->value());
  for (const std::size_t size : {60U, 1300U, 60U}) EXPECT_EQ(call.exchange_packets(size), "");
  call.client().hang_up(call.now());
  call.drain();
  ASSERT_TRUE(call.run_to_end());
  EXPECT_EQ(call.progress().finished->cause, Cause::peer_hung_up);
  EXPECT_TRUE(call.client().ended_in_order());
  EXPECT_TRUE(call.client().closed());
}

/// The event that says what was refused, and that the client was told in good order.
void expect_refused(ProfileCall& call, const Outcome& expected) {
  EXPECT_FALSE(call.connect());
  ASSERT_TRUE(call.run_to_end());
  const session::Finished& finished = *call.progress().finished;
  EXPECT_EQ(static_cast<int>(finished.cause), static_cast<int>(*expected.cause));
  EXPECT_TRUE(call.events<session::Connected>().empty());
  EXPECT_EQ(call.events<session::AuthenticationRefused>().size(),
            expected.cause == Cause::authentication_refused ? 1U : 0U);
  EXPECT_EQ(call.events<session::AuthenticationFailed>().size(),
            expected.cause == Cause::authentication_failed ? 1U : 0U);
  EXPECT_EQ(call.events<session::EncryptionRefused>().size(),
            expected.cause == Cause::encryption_refused ? 1U : 0U);
  observe::Verdict verdict;
  for (const session::Event& event : call.progress().events) verdict.note(event);
  EXPECT_EQ(verdict.explain(finished).windows_error, expected.error);
  EXPECT_TRUE(call.client().link().ended());
  EXPECT_TRUE(call.client().closed());
  EXPECT_LT(finished.duration, std::chrono::seconds(5));
}

void check(const Policy& policy, Outcome Expectation::*outcome) {
  for (const Expectation& row : expectations()) {
    SCOPED_TRACE(std::string(row.profile) + ", policy " + policy.name);
    ProfileCall call(profile_named(row.profile), policy);
    const Outcome& expected = row.*outcome;
    expected.cause ? expect_refused(call, expected) : expect_connects(call, expected);
    expect_no_flaws(call, call.client());
    // Who is refused may not have shown all of itself.
    if (!expected.cause) {
      EXPECT_EQ(recognised(call), row.recognised);
    }
  }
}

TEST(Profiles, WithDefaultsOnlyMsChapV2And128BitsGetIn) {
  check(default_policy(), &Expectation::by_default);
}

TEST(Profiles, WithEveryMethodAndStrengthOldClientsGetIn) {
  check(legacy_policy(), &Expectation::legacy);
}

TEST(Profiles, WhereEncryptionIsPreferredWhoHasNoneGetsIn) {
  check(open_policy(), &Expectation::open);
}

TEST(Profiles, EveryRowIsExpectedToDoSomething) {
  std::vector<Profile> rows = windows_profiles();
  for (Profile& profile : other_profiles()) rows.push_back(std::move(profile));
  for (const Profile& row : rows) {
    EXPECT_EQ(std::ranges::count_if(
                  expectations(),
                  [&](const Expectation& e) { return std::string_view(e.profile) == row.name; }),
              1)
        << row.name;
    EXPECT_NE(std::string(row.evidence), "") << row.name;
  }
}

TEST(Profiles, ALanManagerResponseIsRefusedWithTheReason) {
  ProfileCall call(profile_named("Windows 95, LM response only"), legacy_policy());
  EXPECT_FALSE(call.connect());
  const auto failed = call.events<session::AuthenticationFailed>();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].failure, auth::LoginFailure::lan_manager_only);
}

// NetBEUI, IPX, IPv6, AppleTalk: the clients go on without them.
TEST(Profiles, ForeignProtocolsAreRejectedOneByOne) {
  struct Row {
    const char* profile;
    std::set<std::uint16_t> rejected;
  };
  for (const Row& row : {Row{"Windows 98, DUN 1.4", {kNbfcp, kIpxcp}}, Row{"Windows 10", {kIpv6cp}},
                         Row{"macOS", {kIpv6cp, kAcscp}}}) {
    SCOPED_TRACE(row.profile);
    ProfileCall call(profile_named(row.profile), default_policy());
    ASSERT_TRUE(call.connect());
    call.run_for(std::chrono::seconds(1));
    EXPECT_EQ(call.client().link().rejected(), row.rejected);
    EXPECT_EQ(call.events<session::ProtocolRejected>().size(), row.rejected.size());
  }
}

TEST(Profiles, ARequestThatIsRepeatedWhenCcpIsOpenDisturbsNothing) {
  ProfileCall call(profile_named("Windows 10, asks again when CCP is open"), default_policy());
  ASSERT_TRUE(call.connect());
  EXPECT_EQ(call.exchange_packets(), "");
  call.run_for(std::chrono::seconds(2));
  EXPECT_EQ(call.exchange_packets(), "");
  EXPECT_EQ(call.events<session::EncryptionStarted>().size(), 1U);
  EXPECT_TRUE(call.events<session::Disconnected>().empty());
}

// 4096 is where the count begins anew, 256 where a stateful key changes.
TEST(Profiles, EncryptionHoldsOverAllCounts) {
  struct Row {
    const char* profile;
    Policy policy;
  };
  for (const Row& row :
       {Row{"Windows 10", default_policy()}, Row{"Windows 98, 40 bit", legacy_policy()},
        Row{"Windows 95, DUN 1.2", legacy_policy()},
        Row{"Cisco-like, stateful only", legacy_policy()}}) {
    SCOPED_TRACE(row.profile);
    ProfileCall call(profile_named(row.profile), row.policy, std::chrono::milliseconds(1));
    ASSERT_TRUE(call.connect());
    for (int i = 0; i < 4200; ++i) ASSERT_EQ(call.exchange_packets(), "") << "packet " << i;
  }
}

/// pptp-linux, where the server's other end takes no stateless keys.
Profile stateful_linux() {
  Profile profile = profile_named("pptp-linux");
  profile.encryption.takes = {k128};
  profile.asks_for.front().options = "1206 00000040";
  return profile;
}

// Stateful keys are lost with a packet: each side asks the other to flush, the RFC's way or
// Linux's.
TEST(Profiles, TrafficGoesOnAfterPacketsWereLostInEitherDirection) {
  for (const Profile& profile : {profile_named("Windows 10"), profile_named("Windows 95, DUN 1.2"),
                                 profile_named("Cisco-like, stateful only"), stateful_linux()}) {
    for (const bool to_server : {true, false}) {
      for (const unsigned lost : {1U, 2U, 200U, 300U}) {
        SCOPED_TRACE(std::string(profile.name) + ", " + std::to_string(lost) + " lost " +
                     (to_server ? "to the server" : "to the client"));
        ProfileCall call(profile, legacy_policy());
        ASSERT_TRUE(call.connect());
        ASSERT_EQ(call.exchange_packets(), "");
        call.loses = [to_server](bool way) { return way == to_server; };
        for (unsigned i = 0; i < lost; ++i) call.exchange_packets();
        call.loses = nullptr;
        // The first packet says that others are missing, and may be lost by that.
        call.exchange_packets();
        call.run_for(std::chrono::seconds(2));
        call.exchange_packets();
        call.run_for(std::chrono::seconds(2));
        EXPECT_EQ(call.exchange_packets(), "");
        EXPECT_EQ(call.exchange_packets(), "");
      }
    }
  }
}

}  // namespace
}  // namespace upptpd::profiles
