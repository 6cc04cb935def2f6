// CHAP with MD5: the RFC has no examples, so responses from other programs' tests recomputed.
#include <gtest/gtest.h>

#include "auth/chap_md5.hpp"
#include "known_answer.hpp"

namespace upptpd::auth {
namespace {

using known_answer::octets;

struct Login {
  std::uint8_t identifier;
  const char* challenge;
  const char* secret;
  const char* response;
};

constexpr Login kLogins[] = {
    {0, "cc7e5247514551acdcbf782c4027bfb1", "password", "fdfdad5277812ae40956a66f3db23308"},
    {0, "81a49cb700e8c2ee9bc3852a506406c3", "password", "8876e228962a999637eecc2423f55f07"},
    {0, "e270954e7d84f99535dce2e5d7340a7d", "bar", "4d64f587c7b5248406b939e1e9abeb74"},
    {2, "d7ec2fff2ada437f9dcd4e3b0df44d50", "beaVIs", "1ffc6c2659bc5bb94144fd01eb756e37"},
    {2, "00000000000000000000000000000000", "bradtest", "9920418b3103652d3b80ffff04da5863"},
    {1, "266b0e9a58322f4d01ab25b35f879464", "S0cc3r", "c9f9769597e320843f5f2af7b8f1c9bd"},
    {238, "98437c9fd4cb5f446202c0b1ffab2592", "hello", "050d578a292a4bfd9f030d2797919687"},
};

TEST(Rfc1994, ResponsesOfOtherPrograms) {
  for (const Login& login : kLogins) {
    const auto challenge = octets<16>(login.challenge);
    EXPECT_EQ(to_hex(chap_md5_response(library(), login.identifier, login.secret, challenge)),
              login.response)
        << login.secret;
  }
}

// RFC 1321 A.5: the digests of "a" and of "abcdefghijklmnopqrstuvwxyz".
TEST(Rfc1994, ChallengeAndSecretMayHaveAnyLength) {
  EXPECT_EQ(to_hex(chap_md5_response(library(), 'a', "", {})), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(to_hex(chap_md5_response(library(), 'a', "bcdefgh", as_view("ijklmnopqrstuvwxyz"))),
            "c3fcd3d76192e4007dfb496cca67e13b");
}

}  // namespace
}  // namespace upptpd::auth
