#include "auth/ms_chap_v1.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/crypto_library.hpp"

namespace upptpd::auth {
namespace {

std::string lm_hash_of(std::string_view password) {
  return to_hex(lm_password_hash(library(), password).reveal());
}

TEST(MsChapV1Response, KeepsItsFieldsApart) {
  const Bytes value = from_hex(std::string(48, '1') + std::string(48, '2') + "03");
  const auto response = MsChapV1Response::parse(value);
  ASSERT_TRUE(response);
  EXPECT_EQ(to_hex(response->lm_response), std::string(48, '1'));
  EXPECT_EQ(to_hex(response->nt_response), std::string(48, '2'));
  EXPECT_EQ(response->flags, 3);
}

TEST(MsChapV1Response, IsExactly49Octets) {
  for (std::size_t size = 0; size <= 300; ++size) {
    EXPECT_EQ(MsChapV1Response::parse(Bytes(size, 0xff)).has_value(), size == 49) << size;
  }
}

TEST(MsChapV1Response, SerialisesWhatItParsed) {
  std::mt19937 dice(1);
  for (int round = 0; round < 200; ++round) {
    Bytes value(MsChapV1Response::kSize);
    for (std::uint8_t& octet : value) octet = static_cast<std::uint8_t>(dice());
    const auto response = MsChapV1Response::parse(value);
    ASSERT_TRUE(response);
    EXPECT_EQ(to_hex(response->serialise()), to_hex(value));
  }
}

TEST(MsChapV1Response, HasOnlyTheLmResponseWhereTheOtherIsZeroWhateverTheFlag) {
  for (const std::uint8_t flags : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{255}}) {
    MsChapV1Response response;
    response.lm_response.fill(1);
    response.flags = flags;
    EXPECT_TRUE(response.has_only_lm_response());
    response.nt_response.back() = 1;
    EXPECT_FALSE(response.has_only_lm_response());
  }
}

TEST(LmPasswordHash, KnowsNoLowerCase) {
  EXPECT_EQ(lm_hash_of("azAZ@[`{"), lm_hash_of("AZAZ@[`{"));
  EXPECT_NE(lm_hash_of("`{"), lm_hash_of("@["));  // the neighbours of the letters stay
}

TEST(LmPasswordHash, EndsAfter14Octets) {
  EXPECT_EQ(lm_hash_of("12345678901234"), lm_hash_of("123456789012345"));
  EXPECT_NE(lm_hash_of("12345678901234"), lm_hash_of("1234567890123"));
  EXPECT_EQ(lm_hash_of(""), "aad3b435b51404eeaad3b435b51404ee");  // as everyone knows it
}

TEST(LmPasswordHash, LeavesOctetsBeyondAsciiAsTheyAre) {
  EXPECT_NE(lm_hash_of("\xe4"), lm_hash_of("\xc4"));  // ä and Ä in Latin-1
}

}  // namespace
}  // namespace upptpd::auth
