// MS-CHAPv2: the example of RFC 2759 section 9.2, and logins of real clients recomputed.
#include <gtest/gtest.h>

#include "auth/ms_chap_v2.hpp"

namespace upptpd::auth {
namespace {

const crypto::Library& library() {
  static const crypto::Library loaded = crypto::Library::load().value();
  return loaded;
}

template <std::size_t N>
std::array<std::uint8_t, N> octets(const char* hex) {
  const Bytes bytes = from_hex(hex);
  EXPECT_EQ(bytes.size(), N);
  std::array<std::uint8_t, N> out{};
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

TEST(Rfc2759, ExampleOfSection9) {
  const auto authenticator = octets<16>("5B5D7C7D7B3F2F3E3C2C602132262628");
  const auto peer = octets<16>("21402324255E262A28295F2B3A337C7E");
  const auto challenge = challenge_hash(peer, authenticator, "User");
  EXPECT_EQ(to_upper_hex(challenge), "D02E4386BCE91226");
  EXPECT_EQ(to_hex(password_to_utf16le("clientPass")), "63006c00690065006e0074005000610073007300");
  const NtHash hash = nt_password_hash(library(), "clientPass");
  EXPECT_EQ(to_upper_hex(hash.reveal()), "44EBBA8D5312B8D611474411F56989AE");
  const auto hash_hash = hash_nt_password_hash(library(), hash);
  EXPECT_EQ(to_upper_hex(hash_hash.reveal()), "41C00C584BD2D91C4017A2A12FA59F3F");
  const NtResponse response = challenge_response(library(), challenge, hash);
  EXPECT_EQ(to_upper_hex(response), "82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF");
  EXPECT_EQ(authenticator_response(hash_hash, response, challenge),
            "S=407A5589115FD0D6209F510FE9C04566932CDA56");
}

struct Login {
  const char* name;
  const char* password;
  const char* authenticator_challenge;
  const char* peer_challenge;
  const char* nt_response;
  const char* success;  // null where it is not known
};

// Windows 7, 2000, 10, 7 against real servers; FreeRADIUS and John the Ripper's own tests. The
// domain is not hashed.
constexpr Login kLogins[] = {
    {"lulu", "password", "95a87fa62ebcd2e3c8b09e1b448a6c72", "e2ae0995eaac6ceff0d9757428b51509",
     "ed8cc90fd40faa2d6bcd0abd0b1f562fd777df6c5609c98b",
     "S=460874E1CADF35FBD9F6E80C01A1ADC5746F0B6A"},
    {"scott", "turquoise", "e3a5d0775370bda51e16219a06b0278f", "84c4b33e00d9231645598acf91c38480",
     "565fe2492fd5fb88edaec934c00d282c046227406c31609b",
     "S=CEE89947F2DCA18C95F551C2E9E676504112C722"},
    {"jm", "123", "be18734507ca5a2428a2d18ad3f03cff", "1906181330134498997c4dc3184a29da",
     "60f4ac2e73be3756e83d6eafbec032907f1f34438ff1a149",
     "S=659FF1CE92F86199BD338627452408610FFEA701"},
    {"vpnuser", "vpnuser123", "05b2f10bdc3d6c92b6cd160adee148b4",
     "789223b02a0cc515404bca2c696edcff", "8cd6161253eac63fa53cfc6f74692fd73b0768ca63d612f0",
     "S=974E79C350CC7DC53FBC5F3A114C63B1EFA16E19"},
    {"john", "secret", "16d2833f4239256dd2b2bb26f2ecb2a3", "502feeee9495a353cddbd1efc4007282",
     "e866286bb30d0215ed16cf425b6a29d206667a9853e23ca4",
     "S=68649B6763301DD65FC2559F2D172943196EA88A"},
    {"fred", "OMG!BBQ!11!one", "56d64cbe7bad61349a0b752335100eaf",
     "7f8a466cff2a6bf0c80218bbf56d76bc", "d7d829d9545cef1d631b4e568ffb7586050fa3a4d02dbc0b",
     nullptr},
    {"lameuser", "", "d94e7c7972b2376b28c268583e162de7", "0677ca7318fd7f65ae1b4f58c9f4f400",
     "eba25a3b04d2c7085d01f842e2befc91745c40db0f792356", nullptr},
};

TEST(Rfc2759, LoginsOfRealClients) {
  for (const Login& login : kLogins) {
    const auto challenge = challenge_hash(octets<16>(login.peer_challenge),
                                          octets<16>(login.authenticator_challenge), login.name);
    const NtHash hash = nt_password_hash(library(), login.password);
    const NtResponse response = challenge_response(library(), challenge, hash);
    EXPECT_EQ(to_hex(response), login.nt_response) << login.name;
    if (login.success != nullptr) {
      const auto hash_hash = hash_nt_password_hash(library(), hash);
      EXPECT_EQ(authenticator_response(hash_hash, response, challenge), login.success);
    }
  }
}

TEST(MsChapV2Response, IsExactly49OctetsWithAnyFlags) {
  Bytes value(49, 0xff);
  EXPECT_TRUE(MsChapV2Response::parse(value));
  value.pop_back();
  EXPECT_FALSE(MsChapV2Response::parse(value));
}

}  // namespace
}  // namespace upptpd::auth
