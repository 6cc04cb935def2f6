// Who gets in by which method, and by which rule not. Passwords are shown as each method shows
// them.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "auth/local_verifier.hpp"
#include "support/crypto_library.hpp"
#include "support/random_sources.hpp"

namespace upptpd::auth {
namespace {

using ppp::AuthMethod;
using Requirement = ppp::EncryptionPolicy::Requirement;

LoginRequest shown_by(AuthMethod method, const std::string& name, const std::string& password) {
  const NtHash hash = nt_password_hash(library(), password);
  switch (method) {
    case AuthMethod::pap:
      return {name, PapProof{SecretString(password)}};
    case AuthMethod::chap_md5: {
      ChapMd5Proof proof{.identifier = 7};
      proof.challenge.fill(0x33);
      proof.response = chap_md5_response(library(), 7, password, proof.challenge);
      return {name, proof};
    }
    case AuthMethod::ms_chap_v1: {
      MsChapV1Proof proof;
      proof.challenge.fill(0x44);
      proof.response.nt_response = challenge_response(library(), proof.challenge, hash);
      return {name, proof};
    }
    case AuthMethod::ms_chap_v2: {
      MsChapV2Proof proof;
      proof.challenge.fill(0x11);
      const auto hashed = challenge_hash(proof.response.peer_challenge, proof.challenge, name);
      proof.response.nt_response = challenge_response(library(), hashed, hash);
      return {name, proof};
    }
    case AuthMethod::none:
      break;
  }
  return {};
}

/// A Wednesday morning.
LocalTime now() {
  using namespace std::chrono;
  return {year(2026) / November / 25, Wednesday, 10 * 60};
}

constexpr AuthMethod kMethods[] = {AuthMethod::ms_chap_v2, AuthMethod::ms_chap_v1,
                                   AuthMethod::chap_md5, AuthMethod::pap};
const LoginRules kAll{.server_name = "gate", .methods = {std::begin(kMethods), std::end(kMethods)}};
/// NT hash of "secret".
const std::string kHashed =
    "bob * $NT$" + to_hex(nt_password_hash(library(), "secret").reveal()) + " *\n";

class LoginMethods : public testing::Test {
 protected:
  std::string verdict(const LoginRequest& request, const std::string& file,
                      const LoginRules& rules = kAll) {
    said_ = LocalVerifier(library(), rules).verify(request, SecretsFile::parse(file), now());
    if (std::holds_alternative<LoginAccepted>(said_)) return "in";
    const LoginFailure failure = std::get<LoginRefused>(said_).failure;
    return std::to_string(error_code(failure)) + " " + std::string(to_string(failure));
  }
  const LoginAccepted& accepted() const { return std::get<LoginAccepted>(said_); }

  LoginVerdict said_;
};

TEST_F(LoginMethods, TheRightPasswordGetsInByEach) {
  for (const AuthMethod method : kMethods) {
    SCOPED_TRACE(ppp::to_string(method));
    EXPECT_EQ(verdict(shown_by(method, "bob", "secret"), "bob * secret *\n"), "in");
    EXPECT_EQ(accepted().user, "bob");
    EXPECT_EQ(strengths_of(accepted().keys) != 0, ppp::yields_keys(method));
    EXPECT_EQ(verdict(shown_by(method, "bob", "Secret"), "bob * secret *\n"), "691 wrong password");
    EXPECT_EQ(verdict(shown_by(method, "eve", "secret"), "bob * secret *\n"), "691 no such user");
  }
}

TEST_F(LoginMethods, AHashIsEnoughForAllButChapMd5) {
  for (const AuthMethod method : kMethods) {
    SCOPED_TRACE(ppp::to_string(method));
    const std::string right = verdict(shown_by(method, "bob", "secret"), kHashed);
    if (method == AuthMethod::chap_md5) {
      EXPECT_EQ(right.substr(0, 3), "930") << "it is not the client's fault";
    } else {
      EXPECT_EQ(right, "in");
      EXPECT_EQ(verdict(shown_by(method, "bob", "wrong"), kHashed), "691 wrong password");
    }
  }
}

// The keys of 40 and 56 bits come from the LM hash, which is made of the password itself.
TEST_F(LoginMethods, MsChapV1HasShortKeysOnlyFromAClearPassword) {
  const LoginRequest request = shown_by(AuthMethod::ms_chap_v1, "bob", "secret");
  verdict(request, "bob * secret *\n");
  EXPECT_EQ(strengths_of(accepted().keys), ppp::MppeBits::kStrengths);
  verdict(request, kHashed);
  EXPECT_EQ(strengths_of(accepted().keys), ppp::MppeBits::k128);
}

TEST_F(LoginMethods, ALanManagerResponseAloneIsRefusedWithItsReason) {
  LoginRequest request = shown_by(AuthMethod::ms_chap_v1, "bob", "secret");
  auto& response = std::get<MsChapV1Proof>(request.proof).response;
  response.lm_response = response.nt_response;
  response.nt_response = {};
  response.flags = 0;
  EXPECT_NE(verdict(request, "bob * secret *\n").find("691 the client sent only a LAN Manager"),
            std::string::npos);
}

TEST_F(LoginMethods, TheFlagOfMsChapV1IsNotBelieved) {
  LoginRequest request = shown_by(AuthMethod::ms_chap_v1, "bob", "secret");
  std::get<MsChapV1Proof>(request.proof).response.flags = 0;
  EXPECT_EQ(verdict(request, "bob * secret *\n"), "in");
}

TEST_F(LoginMethods, OneOldMachineMayWhatNobodyElseMay) {
  const LoginRules strict{.server_name = "gate"};
  const std::string file = "old * secret * -- auth=mschap\nbob * secret *\n";
  EXPECT_EQ(verdict(shown_by(AuthMethod::ms_chap_v1, "old", "secret"), file, strict), "in");
  EXPECT_EQ(verdict(shown_by(AuthMethod::ms_chap_v1, "bob", "secret"), file, strict).substr(0, 3),
            "649");
  EXPECT_EQ(verdict(shown_by(AuthMethod::ms_chap_v2, "bob", "secret"), file, strict), "in");
}

TEST_F(LoginMethods, WhatIsWorthAskingForIsWhatSomebodyMay) {
  const auto asked = [](const LoginRules& rules, const std::string& file) {
    std::string words;
    for (const AuthMethod method :
         LocalVerifier(library(), rules).methods_worth_asking(SecretsFile::parse(file))) {
      words += (words.empty() ? "" : " ") + std::string(ppp::word_for(method));
    }
    return words;
  };
  const LoginRules strict{.server_name = "gate"};
  EXPECT_EQ(asked(strict, "bob * secret *\n"), "mschapv2");
  EXPECT_EQ(asked(strict, "old * secret * -- auth=mschap\n"), "mschapv2 mschap");
  // A password would be given away, only to be told that encryption is required.
  EXPECT_EQ(asked(strict, "old * secret * -- auth=pap\n"), "mschapv2");
  EXPECT_EQ(asked(strict, "old * secret * -- auth=pap encryption=off\n"), "mschapv2 pap");
  LoginRules open{.server_name = "gate",
                  .methods = {AuthMethod::ms_chap_v2, AuthMethod::none},
                  .encryption = {.requirement = Requirement::prefer}};
  EXPECT_EQ(asked(open, "old * secret * -- auth=chap-md5\n"), "mschapv2 chap-md5 none")
      << "whoever can log in, does";
  open.methods = {AuthMethod::none};
  EXPECT_EQ(asked(open, "bob * secret *\n"), "none");
}

TEST_F(LoginMethods, RestrictionsAreToldToWhoHasThePassword) {
  const std::string line = "bob * secret * -- ";
  const LoginRequest right = shown_by(AuthMethod::ms_chap_v2, "bob", "secret");
  const LoginRequest wrong = shown_by(AuthMethod::ms_chap_v2, "bob", "wrong");
  const auto code = [&](const std::string& words) {
    EXPECT_EQ(verdict(wrong, line + words + "\n"), "691 wrong password") << words;
    return verdict(right, line + words + "\n").substr(0, 3);
  };
  EXPECT_EQ(code("hours=Wk1100-1200"), "646");
  EXPECT_EQ(code("hours=Sa,Su"), "646");
  EXPECT_EQ(code("hours=Wk0800-1800"), "in");
  EXPECT_EQ(code("disabled"), "647");
  EXPECT_EQ(code("expires=2026-11-24"), "648");
  EXPECT_EQ(code("expires=2026-11-25"), "in") << "the last day";
  EXPECT_EQ(code("auth=pap encryption=off"), "649");
}

TEST_F(LoginMethods, ALineThatCannotBeUsedIsNotTheClientsFault) {
  EXPECT_EQ(verdict(shown_by(AuthMethod::ms_chap_v2, "bob", "secret"),
                    "* * secret *\nbob * secret * -- rate=5\n")
                .substr(0, 3),
            "930");
}

TEST_F(LoginMethods, EncryptionIsTheUsersOwn) {
  const LoginRequest request = shown_by(AuthMethod::ms_chap_v2, "bob", "secret");
  verdict(request, "bob * secret *\n");
  EXPECT_EQ(accepted().encryption, ppp::EncryptionPolicy{});
  verdict(request, "bob * secret * -- encryption=prefer strengths=128,40 stateful\n");
  EXPECT_EQ(
      accepted().encryption,
      (ppp::EncryptionPolicy{Requirement::prefer, ppp::MppeBits::k128 | ppp::MppeBits::k40, true}));
}

/// A Change-Password as a client makes it.
LoginRequest renewal(const std::string& old_password, const std::string& new_password) {
  const NtHash old_hash = nt_password_hash(library(), old_password);
  const NtHash new_hash = nt_password_hash(library(), new_password);
  NewPasswordProof proof;
  proof.challenge.fill(0x22);
  SeededRandom padding(1);
  proof.change.encrypted_password =
      encrypt_new_password(library(), new_password, old_hash, padding).value();
  proof.change.encrypted_hash = encrypt_old_hash(library(), old_hash, new_hash);
  const auto hashed = challenge_hash(proof.change.peer_challenge, proof.challenge, "bob");
  proof.change.nt_response = challenge_response(library(), hashed, new_hash);
  return {"bob", proof};
}

TEST_F(LoginMethods, AnExpiredPasswordIsRenewedByWhoKnowsIt) {
  const std::string file = "bob * secret * -- expires=2026-01-01\n";
  EXPECT_EQ(verdict(renewal("secret",
                            "gr\xc3\xb6\xc3\x9f"
                            "er"),
                    file),
            "in");
  ASSERT_TRUE(accepted().new_password);
  EXPECT_EQ(accepted().new_password->reveal(),
            "gr\xc3\xb6\xc3\x9f"
            "er");
  EXPECT_EQ(verdict(renewal("wrong", "larger"), file), "691 wrong password");
  LoginRequest forged = renewal("secret", "larger");
  std::get<NewPasswordProof>(forged.proof).change.nt_response[0] ^= 1;
  EXPECT_EQ(verdict(forged, file), "691 wrong password");
  forged = renewal("secret", "larger");
  std::get<NewPasswordProof>(forged.proof).change.encrypted_hash[0] ^= 1;
  EXPECT_EQ(verdict(forged, file), "691 wrong password");
}

TEST_F(LoginMethods, ARenewalLiftsNoOtherRestriction) {
  EXPECT_EQ(verdict(renewal("secret", "larger"), "bob * secret * -- disabled\n").substr(0, 3),
            "647");
}

}  // namespace
}  // namespace upptpd::auth
