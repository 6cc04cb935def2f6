// Logins that no client should send: each is a counted drop or an orderly end, and nothing of it
// spoils the log.
#include "hostile_call.hpp"

namespace upptpd::profiles {
namespace {

using session::Cause;

/// A value of the right size that is wrong.
const Bytes kWrongValue(49, 0x42);

TEST(BadLogin, AResponseOfWrongLengthIsDroppedAndTheLoginGoesOn) {
  HostileCall call;
  ASSERT_TRUE(call.run_to_challenge());
  std::uint64_t expected = 0;
  for (std::size_t size = 0; size < 256; ++size) {
    if (size == kWrongValue.size()) continue;
    call.inject_response(Bytes(size, 0x42), "bob", call.identifier());
    EXPECT_EQ(call.drops(DropReason::login_malformed), ++expected) << size;
  }
  call.let_it_answer();
  ASSERT_TRUE(call.connect());
  call.expect_alive();
}

TEST(BadLogin, AValueThatIsLongerThanItsPacketIsDropped) {
  HostileCall call;
  ASSERT_TRUE(call.run_to_challenge());
  for (const char* data : {"", "01", "31 00", "ff 0102030405"}) {
    const std::uint64_t before = call.drops(DropReason::login_malformed);
    call.inject(kChap, 2, call.identifier(), from_hex(data));
    EXPECT_EQ(call.drops(DropReason::login_malformed), before + 1) << data;
  }
}

TEST(BadLogin, NamesOfAnyOctetsEndInARefusalAndAReadableLog) {
  std::string all_octets;
  for (int octet = 0; octet < 256; ++octet) all_octets += static_cast<char>(octet);
  const std::string names[] = {std::string("bob\0root", 8),
                               std::string("\0", 1),
                               "",
                               "bob\nevent=connected user=root",
                               "\x1b[2J\x1b]0;owned\x07",
                               "bob\r\n\t\x7f",
                               "\xff\xfe\xc3\x28",
                               "\" quoted=\"yes",
                               all_octets,
                               std::string(256, 'x'),
                               std::string(256, '\\')};
  for (const std::string& name : names) {
    SCOPED_TRACE(printable(name));
    HostileCall call;
    ASSERT_TRUE(call.run_to_challenge());
    call.inject_response(kWrongValue, name, call.identifier());
    EXPECT_FALSE(call.connect());
    ASSERT_TRUE(call.run_to_end());
    EXPECT_EQ(call.progress().finished->cause, Cause::authentication_failed);
    ASSERT_EQ(call.events<session::AuthenticationFailed>().size(), 1U);
    EXPECT_EQ(call.events<session::AuthenticationFailed>()[0].name, name);
    expect_clean_log(call);
  }
}

TEST(BadLogin, ANameThatIsTooLongIsDropped) {
  HostileCall call;
  ASSERT_TRUE(call.run_to_challenge());
  for (const std::size_t size : {257U, 1000U, 1300U}) {
    const std::uint64_t before = call.drops(DropReason::login_malformed);
    call.inject_response(kWrongValue, std::string(size, 'x'), call.identifier());
    EXPECT_EQ(call.drops(DropReason::login_malformed), before + 1) << size;
  }
  EXPECT_TRUE(call.events<session::AuthenticationFailed>().empty());
}

// "bob" with a NUL behind is not bob.
TEST(BadLogin, ANulDoesNotEndAName) {
  for (const std::string& name : {std::string("bob\0", 4), std::string("bob\0x", 5)}) {
    Profile profile = profile_named("Windows 10");
    profile.login.name = name;
    HostileCall call(default_policy(), profile);
    EXPECT_FALSE(call.connect());
    ASSERT_TRUE(call.run_to_end());
    EXPECT_EQ(call.events<session::AuthenticationFailed>()[0].failure,
              auth::LoginFailure::unknown_user);
    expect_clean_log(call);
  }
}

TEST(BadLogin, AResponseToAChallengeThatWasNeverSentIsDropped) {
  HostileCall call;
  ASSERT_TRUE(call.run_to_challenge());
  std::uint64_t expected = 0;
  for (int offset = 1; offset < 256; ++offset) {
    const auto other = static_cast<std::uint8_t>(call.identifier() + offset);
    call.inject_response(kWrongValue, "bob", other);
    EXPECT_EQ(call.drops(DropReason::login_unexpected), ++expected);
  }
  call.let_it_answer();
  ASSERT_TRUE(call.connect());
  call.expect_alive();
}

TEST(BadLogin, AResponseFromAnotherCallIsRefused) {
  HostileCall first(default_policy(), profile_named("Windows 10"), 7);
  ASSERT_TRUE(first.connect());
  const Bytes good = first.client().link().login().last_sent();
  HostileCall second(default_policy(), profile_named("Windows 10"), 8);
  ASSERT_TRUE(second.run_to_challenge());
  second.inject(kChap, 2, second.identifier(), View(good).subspan(4));
  EXPECT_FALSE(second.connect());
  ASSERT_TRUE(second.run_to_end());
  EXPECT_EQ(second.events<session::AuthenticationFailed>()[0].failure,
            auth::LoginFailure::wrong_password);
}

TEST(BadLogin, ARepeatedResponseIsAnsweredAgainAndJudgedOnce) {
  HostileCall call;
  ASSERT_TRUE(call.connect());
  const Bytes good = call.client().link().login().last_sent();
  for (int i = 0; i < 100; ++i) call.inject(kChap, 2, good[1], View(good).subspan(4));
  EXPECT_EQ(call.events<session::AuthenticationSucceeded>().size(), 1U);
  call.expect_alive();
}

TEST(BadLogin, AnotherResponseAfterTheVerdictChangesNothing) {
  HostileCall call;
  ASSERT_TRUE(call.connect());
  const std::uint8_t identifier = call.client().link().login().last_sent()[1];
  call.inject_response(kWrongValue, "root", identifier);
  call.inject_response(kWrongValue, "root", static_cast<std::uint8_t>(identifier + 1));
  EXPECT_EQ(call.events<session::AuthenticationSucceeded>().size(), 1U);
  EXPECT_TRUE(call.events<session::AuthenticationFailed>().empty());
  call.expect_alive();
}

// Nobody logs in by saying that he has.
TEST(BadLogin, ASuccessFromTheClientIsDropped) {
  HostileCall call;
  ASSERT_TRUE(call.run_to_challenge());
  std::uint64_t expected = 0;
  for (const std::uint8_t code : from_hex("01 03 04 05 06 07 08 00 ff")) {
    call.inject(kChap, code, call.identifier(), to_bytes("S=0123456789"));
    EXPECT_EQ(call.drops(DropReason::login_unexpected), ++expected) << int{code};
  }
  EXPECT_TRUE(call.events<session::AuthenticationSucceeded>().empty());
  call.let_it_answer();
  ASSERT_TRUE(call.connect());
  call.inject(kChap, 3, call.identifier(), to_bytes("S=0123456789"));
  EXPECT_EQ(call.drops(DropReason::login_unexpected), expected + 1);
  call.expect_alive();
}

TEST(BadLogin, AnotherMethodThanAgreedIsDropped) {
  HostileCall call(open_policy());
  ASSERT_TRUE(call.run_to_challenge());
  Bytes data = {3, 'b', 'o', 'b', static_cast<std::uint8_t>(std::string(kPassword).size())};
  const Bytes password = to_bytes(kPassword);
  data.insert(data.end(), password.begin(), password.end());
  call.inject(kPap, 1, 1, data);
  EXPECT_EQ(call.drops(DropReason::login_unexpected), 1U);
  EXPECT_TRUE(call.events<session::AuthenticationSucceeded>().empty());
  call.expect_orderly();
}

Profile pap_profile() {
  Profile profile = profile_named("Windows 10");
  profile.login.methods = {ppp::AuthMethod::pap};
  return profile;
}

TEST(BadLogin, AMalformedPapRequestIsDropped) {
  HostileCall call(open_policy(), pap_profile());
  ASSERT_TRUE(call.connect());
  std::uint64_t expected = 0;
  for (const char* request : {"", "ff", "03 626f62", "03 626f62 ff 61", "00 01"}) {
    call.inject(kPap, 1, 9, from_hex(request));
    EXPECT_EQ(call.drops(DropReason::login_malformed), ++expected) << request;
  }
  call.expect_alive();
}

TEST(BadLogin, ANameByPapIsEscapedInTheLog) {
  Profile profile = pap_profile();
  profile.login.name = "nobody\x1b[2J\n";
  HostileCall call(open_policy(), profile);
  EXPECT_FALSE(call.connect());
  ASSERT_TRUE(call.run_to_end());
  EXPECT_EQ(call.progress().finished->cause, Cause::authentication_failed);
  expect_clean_log(call);
}

TEST(BadLogin, NoPasswordStandsInTheLogWhateverTheMethod) {
  using Method = ppp::AuthMethod;
  for (const char* password : {kPassword, "plugh-4711 and more"}) {
    for (const Method method :
         {Method::ms_chap_v2, Method::ms_chap_v1, Method::chap_md5, Method::pap}) {
      SCOPED_TRACE(to_string(method));
      Profile profile = profile_named("Windows 10");
      profile.login.methods = {method};
      profile.login.passwords = {password};
      HostileCall call(open_policy(), profile);
      call.connect();
      call.server().hang_up(Cause::kicked, call.now());
      call.drain();
      EXPECT_TRUE(call.run_to_end());
      expect_clean_log(call);
    }
  }
}

}  // namespace
}  // namespace upptpd::profiles
