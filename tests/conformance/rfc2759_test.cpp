// MS-CHAPv2: the examples of RFC 2759 section 9, and logins and a password change of real clients
// and other servers' tests recomputed.
#include <gtest/gtest.h>

#include "auth/password_change.hpp"
#include "auth/user_name.hpp"
#include "crypto/des.hpp"
#include "known_answer.hpp"

namespace upptpd::auth {
namespace {

using known_answer::octets;

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

TEST(Rfc2759, DesKeysOfSection9) {
  const NtHash hash = nt_password_hash(library(), "MyPw");
  const auto key = hash.reveal();
  EXPECT_EQ(to_upper_hex(key), "FC156AF7EDCD6C0EDDE3337D427F4EAC");
  EXPECT_EQ(to_upper_hex(crypto::des_key_with_parity(key.subspan<0, 7>())), "FD0B5B5E7F6E34D9");
  EXPECT_EQ(to_upper_hex(crypto::des_key_with_parity(key.subspan<7, 7>())), "0E6E796737EA08FE");
}

struct Login {
  const char* name;  // as sent
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
    {"example\\john", "secret", "16d2833f4239256dd2b2bb26f2ecb2a3",
     "502feeee9495a353cddbd1efc4007282", "e866286bb30d0215ed16cf425b6a29d206667a9853e23ca4",
     "S=68649B6763301DD65FC2559F2D172943196EA88A"},
    {"1111", "2222", "4c092fd3fd98236502e8591100046326", "6a4915d0ce61d42be533640a75391925",
     "b912ce522524d33123a982cf330a57f8e953fa7974042b5d", nullptr},
    {"testuser1", "Cricket8", "d07054459a1fdbc266a006f0220e6fac",
     "3545cb1d89b507a5de104435e81b14a4", "33c8331a9b03b7e003f09dd253d740a2bead544143cc8bde",
     nullptr},
    {"domain\\fred", "OMG!BBQ!11!one", "56d64cbe7bad61349a0b752335100eaf",
     "7f8a466cff2a6bf0c80218bbf56d76bc", "d7d829d9545cef1d631b4e568ffb7586050fa3a4d02dbc0b",
     nullptr},
    {"WorkGroup\\bOb", "asdblahblahblahblahblahblahblahblah", "b3c42db475b881d3c52ff3923d7b3bf8",
     "6321f8649b971bd11ce8d5cb22a4a738", "f07c7a4eb391f5debe32d814679a5a69661b86b33227c4f8",
     nullptr},
    {"lameuser", "", "d94e7c7972b2376b28c268583e162de7", "0677ca7318fd7f65ae1b4f58c9f4f400",
     "eba25a3b04d2c7085d01f842e2befc91745c40db0f792356", nullptr},
};

TEST(Rfc2759, LoginsOfRealClients) {
  for (const Login& login : kLogins) {
    const auto challenge =
        challenge_hash(octets<16>(login.peer_challenge), octets<16>(login.authenticator_challenge),
                       without_domain(login.name));
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

// FreeRADIUS: the change from "secret" to "SuperSecret".
constexpr const char* kEncryptedPassword =
    "77CACAA2463C96A347788728C0BD61E79E7EBC0B7E78EA085DD118BAB500581E155A28F881A475A8C6DE93"
    "0848190D9265B32609B4A4701CFA43E77019FC3E56DBCAF6FB7A2C3BE95259721B5B676E4AA513942A2397"
    "9610410B8779E50DDBA76C2E1F055E7F1BCBE18DB94A00A8F1F97937BAFEF617F972ECC05DB30D2511DDC4"
    "C48E9E65F9DBA637F39E7803679F83ECB0B7257638F34BC07749BEA3A38F3F2EFFA995248A3CEF624D76FD"
    "4A49F305A9E3FCE7E03754DB034A557F0FBC14A0D8CE9FBB2ABEE8F87AF34F5CD57691A3E0CA37C238FCAA"
    "17CCBAE81C39E327D2C983C2B54E5CAC56F53D066474BA205A6AB46F853E0D446799FFBA67750E8E990ADD"
    "89609F1A89E1C406FF3A9ECC00E814D0F522DB201BD996E8D954B30FB79F6BB14A58AFA03B1CFB0B121D60"
    "0769F9F2941B32AA8E5BCE0952524321F2BE2F24A0C7D4C18B49AC754E831755A5EF2E09F5438E6A7657B8"
    "98432FC2113CD8C64D6EC0C78B678B57458FA82ADF52E50670F8BA02E2831349FB144DE8805AAD00D5C713"
    "7034BD29B1FBD0FB9200190D6365C48D08230D03FB4109020EB9071CC5BC953427B1D6CED6609D5BEA1338"
    "6EE12B72306E5BAED22661FA46DC07A974AA5C0D98D0BD1B8A25EDF7406643B5E46D9528CEFD693C491831"
    "0C629B74B21FB54EF6C378FC842D41106512A5E8F223C73408377504F8D1C3F69095DC3BE834058D960740";

PasswordChange change_of_john() {
  return {octets<516>(kEncryptedPassword), octets<16>("82143fd0bc9564ad7be1c430d2f272cd"),
          octets<16>("c9cb418bc880211f2d4b0a07dc5424bc"),
          octets<24>("a58ce3f219fa2436dab93bd4a3f1a2708cb0ec5cfd598dce")};
}

TEST(Rfc2759, PasswordChangeYieldsTheNewPassword) {
  const PasswordChange change = change_of_john();
  const NtHash old_hash = nt_password_hash(library(), "secret");
  const auto password = decrypt_new_password(library(), change.encrypted_password, old_hash);
  ASSERT_TRUE(password);
  EXPECT_EQ(password->reveal(), "SuperSecret");
  const NtHash new_hash = nt_password_hash(library(), password->reveal());
  EXPECT_EQ(encrypt_old_hash(library(), old_hash, new_hash), change.encrypted_hash);
  EXPECT_TRUE(old_hash_matches(library(), change.encrypted_hash, old_hash, new_hash));
}

TEST(Rfc2759, PasswordChangeIsALoginWithTheNewPassword) {
  const PasswordChange change = change_of_john();
  const auto challenge =
      challenge_hash(change.peer_challenge, octets<16>("65e2ea00a29bddd36cfbad2d76979ac9"),
                     without_domain("example\\john"));
  const NtHash hash = nt_password_hash(library(), "SuperSecret");
  EXPECT_EQ(challenge_response(library(), challenge, hash), change.nt_response);
  EXPECT_EQ(
      authenticator_response(hash_nt_password_hash(library(), hash), change.nt_response, challenge),
      "S=6A29BADB69B5E7CAD0F5989E947BD4D28026E63C");
}

TEST(Rfc2759, PasswordChangeStandsInThePacketAsInSection7) {
  const PasswordChange change = change_of_john();
  const std::string data = std::string(kEncryptedPassword) + "82143fd0bc9564ad7be1c430d2f272cd" +
                           "c9cb418bc880211f2d4b0a07dc5424bc" + "0000000000000000" +
                           "a58ce3f219fa2436dab93bd4a3f1a2708cb0ec5cfd598dce" + "0000";
  EXPECT_EQ(PasswordChange::parse(from_hex(data)), change);
  EXPECT_EQ(to_hex(change.serialise()), to_hex(from_hex(data)));
}

}  // namespace
}  // namespace upptpd::auth
