// MS-CHAPv1: the examples of RFC 2433 appendix B, and logins of other programs' tests recomputed.
#include <gtest/gtest.h>

#include "auth/ms_chap_v1.hpp"
#include "crypto/des.hpp"
#include "known_answer.hpp"

namespace upptpd::auth {
namespace {

using known_answer::octets;

TEST(Rfc2433, HashesOfAppendixB2) {
  EXPECT_EQ(to_upper_hex(password_to_utf16le("MyPw")), "4D00790050007700");
  const NtHash hash = nt_password_hash(library(), "MyPw");
  EXPECT_EQ(to_upper_hex(hash.reveal()), "FC156AF7EDCD6C0EDDE3337D427F4EAC");
  const MsChapV1Challenge challenge = octets<8>("102DB5DF085D3041");
  EXPECT_EQ(to_upper_hex(challenge_response(library(), challenge, hash)),
            "4E9D3C8F9CFD385D5BF4D3246791956CA4C351AB409A3D61");
}

TEST(Rfc2433, DesKeysOfAppendixB3) {
  const auto hash = octets<16>("FC156AF7EDCD6C0EDDE3337D427F4EAC");
  const std::span<const std::uint8_t, 16> key(hash);
  EXPECT_EQ(to_upper_hex(crypto::des_key_with_parity(key.subspan<0, 7>())), "FD0B5B5E7F6E34D9");
  EXPECT_EQ(to_upper_hex(crypto::des_key_with_parity(key.subspan<7, 7>())), "0E6E796737EA08FE");
}

// Made with another implementation of the challenge and password of appendix B.2.
TEST(Rfc2433, LmResponseIsTheSameFunctionOfTheLmHash) {
  const LmHash hash = lm_password_hash(library(), "MyPw");
  EXPECT_EQ(to_upper_hex(hash.reveal()), "75BA30198E6D1975AAD3B435B51404EE");
  EXPECT_EQ(to_upper_hex(challenge_response(library(), octets<8>("102DB5DF085D3041"), hash)),
            "91881D0152AB0C33C524135EC24A95EE64E23CDC2D33347D");
}

struct Login {
  const char* challenge;
  const char* password;
  const char* nt_response;
};

// FreeRADIUS, then John the Ripper.
constexpr Login kLogins[] = {
    {"b9634adc358b2ab3", "bob", "7a42408782f745ef90a86fd21b0d9294132750f4af66a419"},
    {"696bcaff8f8bef29", "supersecret", "16c32819add27b3d29f6866506e6cc6548f50b6429518579"},
    {"1122334455667788", "g3rg3g3rg3g3rg3", "bfccaf26128ec95f9999c9792f49434267a1d9b0ef89bffb"},
    {"1122334455667788", "M1xedC4se%^&*@)##(blahblah!@#",
     "e463faa5d868ece20cae622474a2f440a652d642156af863"},
    {"1122334455667788", "FooBarGerg", "35b62750e1b9b3205c50d6ba351092c12a1b9b3cdc65d44a"},
    {"1122334455667788", "visit www.foofus.net",
     "a4765ebfe83d345a7cb1660b8899251905164029f8086dde"},
    {"1122334455667788", "cory21", "b2b2220790f40c88bcff347c652f67a7c4a70d3bebd70233"},
};

TEST(Rfc2433, LoginsOfOtherPrograms) {
  for (const Login& login : kLogins) {
    const MsChapV1Challenge challenge = octets<8>(login.challenge);
    const NtHash hash = nt_password_hash(library(), login.password);
    EXPECT_EQ(to_hex(challenge_response(library(), challenge, hash)), login.nt_response)
        << login.password;
  }
}

TEST(Rfc2433, HashesOfOtherPrograms) {
  const NtHash bob = nt_password_hash(library(), "bob");
  EXPECT_EQ(to_hex(bob.reveal()), "b7c899154197e8a2a33121d76a240ab5");
  EXPECT_EQ(to_hex(hash_nt_password_hash(library(), bob).reveal()),
            "9a936faf344359a0f1e3c9b5585b9f1f");
  EXPECT_EQ(to_hex(lm_password_hash(library(), "bob").reveal().first<8>()), "4318b176c3d8e3de");
  EXPECT_EQ(to_hex(nt_password_hash(library(), "testing_123").reveal()),
            "fa782604f85eb3564f555648341b53e4");
  EXPECT_EQ(to_hex(lm_password_hash(library(), "testing_123").reveal()),
            "2d5545077d7b7d2ae4343f96ab15c596");
  // RFC 3079 section 2.
  EXPECT_EQ(to_hex(lm_password_hash(library(), "clientPass").reveal()),
            "76a152936096d7830e2390227404afd2");
}

}  // namespace
}  // namespace upptpd::auth
