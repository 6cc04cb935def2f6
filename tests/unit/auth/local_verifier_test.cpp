#include "auth/local_verifier.hpp"

#include <gtest/gtest.h>

#include <string>

#include "auth/user_name.hpp"
#include "support/crypto_library.hpp"

namespace upptpd::auth {
namespace {

/// What a client shows that hashes `hashed` as its name and sends `sent`.
LoginRequest login(const std::string& sent, const std::string& hashed,
                   const std::string& password) {
  MsChapV2Proof proof;
  proof.challenge.fill(0x11);
  proof.response.peer_challenge.fill(0x22);
  const auto challenge = challenge_hash(proof.response.peer_challenge, proof.challenge, hashed);
  proof.response.nt_response =
      challenge_response(library(), challenge, nt_password_hash(library(), password));
  return {sent, proof};
}

MsChapV2Proof& proof_in(LoginRequest& request) { return std::get<MsChapV2Proof>(request.proof); }

class LocalVerifierTest : public testing::Test {
 protected:
  /// The user who was let in, or why nobody was.
  std::string verdict(const LoginRequest& request, const std::string& file,
                      bool strip_domain = true) const {
    const LocalVerifier verifier(library(), {.server_name = "gate", .strip_domain = strip_domain});
    const LoginVerdict said = verifier.verify(request, SecretsFile::parse(file), {});
    if (const auto* accepted = std::get_if<LoginAccepted>(&said)) return accepted->user;
    return std::string(to_string(std::get<LoginRefused>(said).failure));
  }
};

constexpr const char* kBob = "bob * secret *\n";

TEST_F(LocalVerifierTest, LetsTheRightPasswordIn) {
  EXPECT_EQ(verdict(login("bob", "bob", "secret"), kBob), "bob");
}

TEST_F(LocalVerifierTest, RefusesANameWithANulAlsoWhereAnybodyMayLogIn) {
  const std::string name("boss\0x", 6);
  EXPECT_EQ(verdict(login(name, name, "secret"), "* * secret *\n"), "no such user");
}

TEST_F(LocalVerifierTest, RefusesAWrongPassword) {
  EXPECT_EQ(verdict(login("bob", "bob", "Secret"), kBob), "wrong password");
  EXPECT_EQ(verdict(login("bob", "bob", ""), kBob), "wrong password");
}

TEST_F(LocalVerifierTest, RefusesAnAnswerToAnotherChallenge) {
  LoginRequest request = login("bob", "bob", "secret");
  proof_in(request).challenge[15] ^= 1;
  EXPECT_EQ(verdict(request, kBob), "wrong password");
}

TEST_F(LocalVerifierTest, RefusesAnAnswerWithOneBitWrong) {
  for (std::size_t octet = 0; octet < 24; ++octet) {
    LoginRequest request = login("bob", "bob", "secret");
    proof_in(request).response.nt_response[octet] ^= 0x80;
    EXPECT_EQ(verdict(request, kBob), "wrong password") << octet;
  }
}

// RFC 2759 section 9.2.
TEST_F(LocalVerifierTest, ProvesItselfAndGivesTheKeysOfTheRfcsExample) {
  LoginRequest request{"User", MsChapV2Proof{}};
  MsChapV2Proof& proof = proof_in(request);
  const Bytes theirs = from_hex("21402324255E262A28295F2B3A337C7E");
  const Bytes ours = from_hex("5B5D7C7D7B3F2F3E3C2C602132262628");
  const Bytes response = from_hex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF");
  std::ranges::copy(theirs, proof.response.peer_challenge.begin());
  std::ranges::copy(ours, proof.challenge.begin());
  std::ranges::copy(response, proof.response.nt_response.begin());
  const LocalVerifier verifier(library(), {.server_name = "gate"});
  const LoginVerdict said =
      verifier.verify(request, SecretsFile::parse("User * clientPass *\n"), {});
  const auto* accepted = std::get_if<LoginAccepted>(&said);
  ASSERT_NE(accepted, nullptr);
  EXPECT_EQ(accepted->success_message, "S=407A5589115FD0D6209F510FE9C04566932CDA56");
  const auto& keys = std::get<MsChapV2Keys>(accepted->keys);
  EXPECT_EQ(to_upper_hex(keys.password_hash_hash.reveal()), "41C00C584BD2D91C4017A2A12FA59F3F");
  EXPECT_EQ(to_hex(keys.nt_response), to_hex(response));
}

// DOMAIN\bob, \bob and the " \bob" of Windows 2000 with a blank for a domain: the name alone is
// hashed.
TEST_F(LocalVerifierTest, FindsAUserBehindADomain) {
  for (const char* sent : {"OFFICE\\bob", "\\bob", " \\bob", "A\\B\\bob"}) {
    EXPECT_EQ(verdict(login(sent, "bob", "secret"), kBob), "bob") << sent;
    EXPECT_EQ(verdict(login(sent, "bob", "other"), kBob), "wrong password") << sent;
  }
}

TEST_F(LocalVerifierTest, KeepsTheDomainInTheLookupWhenTold) {
  const LoginRequest request = login("OFFICE\\bob", "bob", "secret");
  EXPECT_EQ(verdict(request, kBob, false), "no such user");
  EXPECT_EQ(verdict(request, "OFFICE\\\\bob * secret *\n", false), "OFFICE\\bob");
}

TEST_F(LocalVerifierTest, TheNameAsSentWinsOverTheBareOne) {
  const LoginRequest request = login("OFFICE\\bob", "bob", "secret");
  EXPECT_EQ(verdict(request, "bob * other *\nOFFICE\\\\bob * secret *\n"), "OFFICE\\bob");
  EXPECT_EQ(verdict(request, "bob * secret *\nOFFICE\\\\bob * other *\n"), "wrong password");
}

TEST_F(LocalVerifierTest, ANameWithARealmIsTakenAsItIs) {
  const LoginRequest request = login("bob@office", "bob@office", "secret");
  EXPECT_EQ(verdict(request, kBob), "no such user");
  EXPECT_EQ(verdict(request, "bob@office * secret *\n"), "bob@office");
}

TEST_F(LocalVerifierTest, NamesAreCaseSensitive) {
  EXPECT_EQ(verdict(login("Bob", "Bob", "secret"), kBob), "no such user");
}

TEST_F(LocalVerifierTest, ALineForEverybodyCountsOnlyLast) {
  const std::string file = "* * open *\nbob * secret *\n";
  EXPECT_EQ(verdict(login("bob", "bob", "secret"), file), "bob");
  EXPECT_EQ(verdict(login("bob", "bob", "open"), file), "wrong password");
  EXPECT_EQ(verdict(login("OFFICE\\bob", "bob", "open"), file), "wrong password");
  EXPECT_EQ(verdict(login("OFFICE\\bob", "bob", "secret"), file), "bob");
  EXPECT_EQ(verdict(login("OFFICE\\eve", "eve", "open"), file), "eve");
}

TEST_F(LocalVerifierTest, TellsAnUnknownUserFromOneForAnotherServer) {
  EXPECT_EQ(verdict(login("eve", "eve", "x"), kBob), "no such user");
  const std::string elsewhere = "bob other secret *\n";
  EXPECT_EQ(verdict(login("bob", "bob", "secret"), elsewhere),
            "the user exists, but not for this server name");
  EXPECT_EQ(verdict(login("OFFICE\\bob", "bob", "secret"), elsewhere),
            "the user exists, but not for this server name");
  EXPECT_EQ(verdict(login("bob", "bob", "secret"), "bob gate secret *\n"), "bob");
}

TEST_F(LocalVerifierTest, PasswordsOutsideAsciiAreUtf16) {
  EXPECT_EQ(verdict(login("bob", "bob", "gr\xc3\xbc\xc3\x9f"), "bob * \"gr\xc3\xbc\xc3\x9f\" *\n"),
            "bob");
}

TEST_F(LocalVerifierTest, AnEmptyNameIsNoUser) {
  EXPECT_EQ(verdict(login("", "", "secret"), kBob), "no such user");
  EXPECT_EQ(verdict(login("OFFICE\\", "", "secret"), kBob), "no such user");
  const std::string anybody = "* * open 10.0.0.5\n";
  EXPECT_EQ(verdict(login("", "", "open"), anybody), "no such user");
  EXPECT_EQ(verdict(login("OFFICE\\", "", "open"), anybody), "no such user");
}

TEST_F(LocalVerifierTest, WithItsDomainANameIsNoUserOfALineForEverybody) {
  const std::string file = "bob * secret *\n* * open *\n";
  EXPECT_EQ(verdict(login("OFFICE\\bob", "bob", "open"), file, false), "OFFICE\\bob");
}

}  // namespace
}  // namespace upptpd::auth
