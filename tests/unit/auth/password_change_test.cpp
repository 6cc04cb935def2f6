#include "auth/password_change.hpp"

#include <gtest/gtest.h>

#include <random>

#include "crypto/rc4.hpp"
#include "support/crypto_library.hpp"
#include "support/random_sources.hpp"

namespace upptpd::auth {
namespace {

NtHash hash_of(std::string_view password) { return nt_password_hash(library(), password); }

std::optional<EncryptedPassword> encrypted(std::string_view password) {
  SeededRandom random(1);
  return encrypt_new_password(library(), password, hash_of("old"), random);
}

/// What a server makes of the new password; "-" for nothing.
std::string round_trip(std::string_view password) {
  const auto block = encrypted(password);
  if (!block) return "-";
  const auto decrypted = decrypt_new_password(library(), *block, hash_of("old"));
  return decrypted ? std::string(decrypted->reveal()) : "-";
}

/// The same, of a block made by hand: `text` with other octets before it, and the length (lowest
/// octet first).
std::string decrypted(const Bytes& text, std::string_view length) {
  EncryptedPassword block{};
  block.fill(0xa5);
  std::ranges::copy(text, block.end() - 4 - static_cast<std::ptrdiff_t>(text.size()));
  std::ranges::copy(from_hex(length), block.end() - 4);
  crypto::Rc4 rc4(library());
  rc4.set_key(hash_of("old").reveal());
  rc4.apply(block);
  const auto password = decrypt_new_password(library(), block, hash_of("old"));
  return password ? std::string(password->reveal()) : "-";
}

TEST(PasswordChange, IsExactly582Octets) {
  for (std::size_t size = 0; size <= 1500; ++size) {
    EXPECT_EQ(PasswordChange::parse(Bytes(size, 0xff)).has_value(), size == 582) << size;
  }
}

TEST(PasswordChange, ParsesWhatItSerialised) {
  SeededRandom random(2);
  for (int round = 0; round < 200; ++round) {
    PasswordChange change;
    random.fill(change.encrypted_password);
    random.fill(change.encrypted_hash);
    random.fill(change.peer_challenge);
    random.fill(change.nt_response);
    EXPECT_EQ(PasswordChange::parse(change.serialise()), change);
  }
}

TEST(PasswordChange, TakesAnythingInReservedOctetsAndFlags) {
  Bytes data(PasswordChange::kSize);
  const auto plain = PasswordChange::parse(data);
  for (std::size_t at = 516 + 16 + 16; at < 516 + 16 + 16 + 8; ++at) data[at] = 0xff;
  data[580] = data[581] = 0xff;
  EXPECT_EQ(PasswordChange::parse(data), plain);
}

TEST(NewPassword, ArrivesAsItWas) {
  for (const char* password : {"", "x", "SuperSecret", "p\xc3\xa4ss", "\xe2\x82\xac",
                               "\xf0\x9f\x94\x91\xf0\x9f\x94\x91", "with \"quotes\" and\nlines"}) {
    EXPECT_EQ(round_trip(password), password);
  }
}

TEST(NewPassword, OfLatin1ArrivesAsUtf8) { EXPECT_EQ(round_trip("p\xe4ss"), "p\xc3\xa4ss"); }

TEST(NewPassword, HasAtMost256Units) {
  const std::string longest(256, 'x');
  EXPECT_EQ(round_trip(longest), longest);
  EXPECT_EQ(round_trip(longest + "x"), "-");
  std::string pairs;
  for (int i = 0; i < 128; ++i) pairs += "\xf0\x9f\x94\x91";
  EXPECT_EQ(round_trip(pairs), pairs);
  EXPECT_EQ(round_trip(pairs + "x"), "-");
  EXPECT_EQ(round_trip(std::string(100000, 'x')), "-");
}

char32_t random_code_point(std::mt19937& dice) {
  constexpr std::array<char32_t, 5> ends{0x80, 0x800, 0xd800, 0x10000, 0x110000};
  const std::size_t kind = dice() % ends.size();
  constexpr std::array<char32_t, 5> begins{1, 0x80, 0x800, 0xe000, 0x10000};
  return begins[kind] + static_cast<char32_t>(dice() % (ends[kind] - begins[kind]));
}

TEST(NewPassword, ArrivesForAnyTextOfAnyLength) {
  std::mt19937 dice(3);
  SeededRandom random(4);
  for (int round = 0; round < 500; ++round) {
    Bytes text;
    const std::size_t size = 2 * (dice() % 257);
    while (text.size() < size) {
      char32_t point = random_code_point(dice);
      if (point >= 0x10000 && text.size() + 2 == size) point = 'x';  // room for half a pair
      const auto append = [&text](char32_t unit) {
        text.push_back(static_cast<std::uint8_t>(unit & 0xff));
        text.push_back(static_cast<std::uint8_t>(unit >> 8));
      };
      if (point >= 0x10000) append(0xd800 + (point - 0x10000) / 0x400);
      append(point < 0x10000 ? point : 0xdc00 + point % 0x400);
    }
    const std::string password = utf16le_to_utf8(text).value();
    NtHash old_hash;
    random.fill(old_hash.overwrite());
    const auto block = encrypt_new_password(library(), password, old_hash, random);
    ASSERT_TRUE(block);
    const auto arrived = decrypt_new_password(library(), *block, old_hash);
    ASSERT_TRUE(arrived);
    EXPECT_EQ(arrived->reveal(), password);
  }
}

TEST(NewPassword, IsFilledUpWithRandomOctets) {
  SeededRandom one(1);
  SeededRandom other(2);
  const NtHash hash = hash_of("old");
  const auto first = encrypt_new_password(library(), "new", hash, one).value();
  const auto second = encrypt_new_password(library(), "new", hash, other).value();
  EXPECT_NE(first, second);
  // RC4 with the same key: what is the same in clear is the same here.
  EXPECT_TRUE(std::equal(first.end() - 10, first.end(), second.end() - 10));
}

TEST(NewPassword, StandsRightBeforeItsLength) {
  EXPECT_EQ(decrypted(from_hex("61006200"), "04000000"), "ab");
  EXPECT_EQ(decrypted(from_hex("61006200"), "02000000"), "b");
  EXPECT_EQ(decrypted(from_hex("61006200"), "00000000"), "");
}

TEST(NewPassword, IsNothingWhereItsLengthIsOddOrMoreThan512) {
  Bytes text;
  for (int unit = 0; unit < 256; ++unit) text.insert(text.end(), {'a', 0});
  for (unsigned length = 0; length < 2048; ++length) {
    const std::array<std::uint8_t, 4> octets{static_cast<std::uint8_t>(length & 0xff),
                                             static_cast<std::uint8_t>(length >> 8)};
    const bool possible = length <= 512 && length % 2 == 0;
    EXPECT_EQ(decrypted(text, to_hex(octets)), possible ? std::string(length / 2, 'a') : "-");
  }
  EXPECT_EQ(decrypted(text, "04000100"), "-");
  EXPECT_EQ(decrypted(text, "04000001"), "-");
  EXPECT_EQ(decrypted(text, "ffffffff"), "-");
}

TEST(NewPassword, IsNothingWhereItIsNoText) {
  EXPECT_EQ(decrypted(from_hex("61000000"), "04000000"), "-");  // NUL
  EXPECT_EQ(decrypted(from_hex("3dd86100"), "04000000"), "-");  // half a pair
  EXPECT_EQ(decrypted(from_hex("3dd811dd"), "02000000"), "-");  // cut in two
}

TEST(NewPassword, IsNothingWithAnotherOldPassword) {
  EXPECT_FALSE(decrypt_new_password(library(), encrypted("new").value(), hash_of("other")));
}

TEST(OldHash, MatchesOnlyWithBothPasswords) {
  const EncryptedHash hash = encrypt_old_hash(library(), hash_of("old"), hash_of("new"));
  EXPECT_TRUE(old_hash_matches(library(), hash, hash_of("old"), hash_of("new")));
  EXPECT_FALSE(old_hash_matches(library(), hash, hash_of("other"), hash_of("new")));
  EXPECT_FALSE(old_hash_matches(library(), hash, hash_of("old"), hash_of("other")));
  for (std::size_t at = 0; at < hash.size(); ++at) {
    EncryptedHash changed = hash;
    changed[at] ^= 1;
    EXPECT_FALSE(old_hash_matches(library(), changed, hash_of("old"), hash_of("new"))) << at;
  }
}

}  // namespace
}  // namespace upptpd::auth
