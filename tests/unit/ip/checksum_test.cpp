#include "ip/checksum.hpp"

#include <gtest/gtest.h>

#include <random>

namespace upptpd::ip {
namespace {

class ChecksumTest : public testing::Test {
 protected:
  Bytes random_octets(std::size_t size) {
    Bytes octets(size);
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(dice_());
    return octets;
  }
  std::uint16_t random_word() { return static_cast<std::uint16_t>(dice_()); }

  std::mt19937 dice_{1723};
};

std::uint16_t word_at(const Bytes& octets, std::size_t offset) {
  return static_cast<std::uint16_t>(octets[offset] << 8 | octets[offset + 1]);
}

void set_word(Bytes& octets, std::size_t offset, std::uint16_t word) {
  octets[offset] = static_cast<std::uint8_t>(word >> 8);
  octets[offset + 1] = static_cast<std::uint8_t>(word & 0xff);
}

TEST_F(ChecksumTest, IsThatOfRfc1071) {  // section 3
  const Bytes octets = from_hex("0001 f203 f4f5 f6f7");
  EXPECT_EQ(ones_complement_sum(octets), 0xddf2);
  EXPECT_EQ(internet_checksum(octets), 0x220d);
}

TEST_F(ChecksumTest, OfNothingIsThatOfZeros) {
  EXPECT_EQ(ones_complement_sum({}), 0);
  EXPECT_EQ(internet_checksum({}), 0xffff);
  EXPECT_EQ(internet_checksum(Bytes(6)), 0xffff);
}

TEST_F(ChecksumTest, AnOddLastOctetIsAnUpperHalf) {
  EXPECT_EQ(ones_complement_sum(from_hex("0102 03")), 0x0402);
}

TEST_F(ChecksumTest, DoesNotOverflowOnTheLargestPacketOfOnes) {
  EXPECT_EQ(ones_complement_sum(Bytes(0xffff, 0xff), 0xffff), 0xff00);
}

// A sum with end-around carry is one modulo 0xffff, in which only zeros have the sum 0.
TEST_F(ChecksumTest, IsASumModulo0xffff) {
  for (int i = 0; i < 1000; ++i) {
    const Bytes octets = random_octets(2 * (1 + dice_() % 700));
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < octets.size(); k += 2) sum += word_at(octets, k);
    const auto expected = static_cast<std::uint16_t>(sum % 0xffff == 0 ? 0xffff : sum % 0xffff);
    EXPECT_EQ(ones_complement_sum(octets), expected);
  }
}

TEST_F(ChecksumTest, OfPartsIsThatOfTheWhole) {
  for (int i = 0; i < 1000; ++i) {
    const Bytes whole = random_octets(1 + dice_() % 100);
    const std::size_t cut = dice_() % whole.size() / 2 * 2;
    const View view(whole);
    EXPECT_EQ(ones_complement_sum(view.subspan(cut), ones_complement_sum(view.first(cut))),
              ones_complement_sum(whole));
  }
}

TEST_F(ChecksumTest, WrittenIntoItsFieldMakesTheSumAllOnes) {
  for (int i = 0; i < 1000; ++i) {
    Bytes octets = random_octets(2 + dice_() % 100);
    set_word(octets, 0, 0);
    set_word(octets, 0, internet_checksum(octets));
    EXPECT_EQ(ones_complement_sum(octets), 0xffff);
  }
}

TEST_F(ChecksumTest, ThePseudoHeaderIsThatOfRfc768) {
  // source, destination, zero and protocol, length
  const Bytes written = from_hex("c0a80202 ffffffff 0011 0134");
  EXPECT_EQ(pseudo_header_sum(Ipv4Address(0xc0a80202), Ipv4Address(0xffffffff), 17, 0x134),
            ones_complement_sum(written));
}

TEST_F(ChecksumTest, IsUpdatedAsInRfc1624) {  // section 4
  EXPECT_EQ(updated_checksum(0xdd2f, 0x5555, 0x3285), 0x0000);
}

TEST_F(ChecksumTest, AnUpdatedOneIsRightIfItWasBefore) {
  for (int i = 0; i < 10000; ++i) {
    Bytes octets = random_octets(2 * (2 + dice_() % 30));
    set_word(octets, 0, 0);
    const std::uint16_t before = internet_checksum(octets);
    const std::size_t changed = 2 + 2 * (dice_() % (octets.size() / 2 - 1));
    const std::uint16_t old_word = word_at(octets, changed);
    set_word(octets, changed, random_word());
    set_word(octets, 0, updated_checksum(before, old_word, word_at(octets, changed)));
    EXPECT_EQ(ones_complement_sum(octets), 0xffff);
  }
}

TEST_F(ChecksumTest, AnUpdatedOneIsWrongIfItWasBefore) {
  for (int i = 0; i < 1000; ++i) {
    const std::uint16_t right = random_word();
    const auto wrong = static_cast<std::uint16_t>(right + 1 + dice_() % 0xfffd);
    if (right % 0xffff == wrong % 0xffff) continue;  // 0 and 0xffff are both zero
    const std::uint16_t before = random_word();
    const std::uint16_t after = random_word();
    EXPECT_NE(updated_checksum(wrong, before, after) % 0xffff,
              updated_checksum(right, before, after) % 0xffff);
  }
}

}  // namespace
}  // namespace upptpd::ip
