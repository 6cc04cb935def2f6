// MPPE by the letter of RFC 3078, against a peer that is written from its text: sections 3.1
// (format), 7 (key changes) and 8 (synchronization).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "crypto/rc4.hpp"
#include "crypto/sha1.hpp"
#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"

namespace upptpd::mppe {
namespace {

const crypto::Library& library() {
  static const crypto::Library loaded = crypto::Library::load().value();
  return loaded;
}

/// Any at all.
const Secret<16> kStartKey{std::array<std::uint8_t, 16>{0x8b, 0x7c, 0xdc, 0x14, 0x9b, 0x99, 0x3a}};
constexpr Strength kStrengths[] = {Strength::bits40, Strength::bits56, Strength::bits128};

/// Sections 4, 5 and 7.3.
class RfcKey {
 public:
  explicit RfcKey(Strength strength) : strength_(strength), size_(key_size(strength)) {
    start_.assign(kStartKey.reveal().begin(), kStartKey.reveal().begin() + size());
    session_ = hashed(start_);
    weaken();
    rc4_.set_key(session_);
  }

  void change() {
    const Bytes interim = hashed(session_);
    rc4_.set_key(interim);
    session_ = interim;
    rc4_.apply(session_);
    weaken();
    rc4_.set_key(session_);
  }

  void initialise_tables() { rc4_.set_key(session_); }

  Bytes apply(Bytes data) {
    rc4_.apply(data);
    return data;
  }

 private:
  [[nodiscard]] std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(size_); }

  [[nodiscard]] Bytes hashed(const Bytes& session) const {
    const Bytes pad1(40, 0x00);
    const Bytes pad2(40, 0xf2);
    const auto digest = crypto::sha1({start_, pad1, session, pad2});
    return {digest.begin(), digest.begin() + size()};
  }

  void weaken() {
    const Bytes known = strength_ == Strength::bits40   ? from_hex("d1269e")
                        : strength_ == Strength::bits56 ? from_hex("d1")
                                                        : Bytes();
    std::ranges::copy(known, session_.begin());
  }

  Strength strength_;
  std::size_t size_;
  Bytes start_;
  Bytes session_;
  crypto::Rc4 rc4_{library()};
};

/// An IPv4 packet behind its protocol, another one for each number.
Bytes contents(unsigned number) {
  Bytes packet = from_hex("0021 4500001c 0000000000000000 0a000002 0a000001 0000000000000000");
  packet[28] = static_cast<std::uint8_t>(number >> 8);
  packet[29] = static_cast<std::uint8_t>(number & 0xff);
  return packet;
}

class Ends {
 public:
  Ends(Strength strength, bool stateless)
      : encryptor_(library(), {strength, stateless}, kStartKey),
        decryptor_(library(), {strength, stateless}, kStartKey) {}

  Bytes encrypted(const Bytes& clear) {
    check(buffer_->assign(clear));
    encryptor_.encrypt(*buffer_);
    return {buffer_->view().begin(), buffer_->view().end()};
  }

  /// The clear text in hexadecimal, or why there is none.
  std::string decrypted(const Bytes& packet) {
    check(buffer_->assign(packet));
    if (const auto reason = decryptor_.decrypt(*buffer_)) return std::string(to_string(*reason));
    return to_hex(buffer_->view());
  }

  [[nodiscard]] bool awaits_flush() const { return decryptor_.awaits_flush(); }

 private:
  PacketPool pool_{1};
  Packet buffer_ = pool_.take();
  Encryptor encryptor_;
  Decryptor decryptor_;
};

constexpr unsigned kA = 0x8000;
constexpr unsigned kD = 0x1000;

Bytes with_header(unsigned bits, unsigned count, const Bytes& sealed) {
  const unsigned header = bits | (count & 0xfff);
  Bytes packet{static_cast<std::uint8_t>(header >> 8), static_cast<std::uint8_t>(header & 0xff)};
  packet.insert(packet.end(), sealed.begin(), sealed.end());
  return packet;
}

unsigned header_of(const Bytes& packet) { return packet[0] * 256U + packet[1]; }
Bytes data_of(const Bytes& packet) { return {packet.begin() + 2, packet.end()}; }

TEST(Rfc3078, Section31TheCountIsResetToZeroAfter4095) {
  for (const bool stateless : {true, false}) {
    Ends ends(Strength::bits128, stateless);
    for (unsigned count = 0; count < 4095; ++count) ends.encrypted(contents(0));
    EXPECT_EQ(header_of(ends.encrypted(contents(0))) & 0xfff, 0xfffU);
    EXPECT_EQ(header_of(ends.encrypted(contents(0))) & 0xfff, 0U);
  }
}

// "If the stateless option has been negotiated, this bit MUST be set on every encrypted packet."
TEST(Rfc3078, Section71StatelessEachPacketHasItsKeyAndBitA) {
  for (const Strength strength : kStrengths) {
    Ends ends(strength, true);
    RfcKey key(strength);
    for (unsigned i = 0; i < 5000; ++i) {
      const Bytes packet = ends.encrypted(contents(i));
      key.change();
      ASSERT_EQ(header_of(packet), kA | kD | (i & 0xfff));
      ASSERT_EQ(to_hex(data_of(packet)), to_hex(key.apply(contents(i)))) << i;
      ASSERT_EQ(ends.decrypted(packet), to_hex(contents(i))) << i;
    }
  }
}

TEST(Rfc3078, Section72StatefulTheKeyChangesWithEachFlagPacketOnly) {
  for (const Strength strength : kStrengths) {
    Ends ends(strength, false);
    RfcKey key(strength);
    for (unsigned i = 0; i < 5000; ++i) {
      const Bytes packet = ends.encrypted(contents(i));
      const bool flag = (i & 0xff) == 0xff;
      if (flag) key.change();
      ASSERT_EQ(header_of(packet), (flag ? kA : 0) | kD | (i & 0xfff));
      ASSERT_EQ(to_hex(data_of(packet)), to_hex(key.apply(contents(i)))) << i;
      // The RFC does not ask for bit A there.
      ASSERT_EQ(ends.decrypted(with_header(kD, i, data_of(packet))), to_hex(contents(i))) << i;
    }
  }
}

// "If C1 = 5 and C2 = 02 then N = 3 key changes are required."
TEST(Rfc3078, Section81AsManyKeyChangesAsCounts) {
  Ends ends(Strength::bits128, true);
  RfcKey key(Strength::bits128);
  for (int change = 0; change < 3; ++change) key.change();
  EXPECT_EQ(ends.decrypted(with_header(kA | kD, 2, key.apply(contents(2)))), to_hex(contents(2)));
  for (int change = 0; change < 3; ++change) key.change();
  EXPECT_EQ(ends.decrypted(with_header(kA | kD, 5, key.apply(contents(5)))), to_hex(contents(5)));
}

/// A stateful sender whose packets are lost, and which then flushes: "re-initialize its own RC4
/// tables using the same method and set the FLUSHED bit in the next packet sent".
void expect_resynchronized(unsigned first_lost, unsigned lost, Strength strength) {
  SCOPED_TRACE(testing::Message() << lost << " lost from " << first_lost);
  Ends ends(strength, false);
  RfcKey key(strength);
  unsigned count = 0;
  const auto next = [&](bool flush = false) {
    if ((count & 0xff) == 0xff) key.change();
    if (flush) key.initialise_tables();
    const Bytes packet = with_header(flush ? kA | kD : kD, count, key.apply(contents(count)));
    ++count;
    return packet;
  };
  while (count < first_lost) ends.decrypted(next());
  ASSERT_FALSE(ends.awaits_flush());
  for (unsigned i = 0; i < lost; ++i) next();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ends.decrypted(next()), "mppe_lost");
    EXPECT_TRUE(ends.awaits_flush());
  }
  for (int i = 0; i < 600; ++i) {
    const std::string expected = to_hex(contents(count));
    ASSERT_EQ(ends.decrypted(next(i == 0)), expected) << i;
    EXPECT_FALSE(ends.awaits_flush());
  }
}

TEST(Rfc3078, Section82LostPacketsAndFlagPacketsAndMoreThan256) {
  for (const Strength strength : kStrengths) {
    for (const unsigned first_lost : {0U, 1U, 200U, 254U, 255U, 256U}) {
      for (const unsigned lost : {1U, 2U, 100U, 255U, 256U, 257U, 1000U, 3500U}) {
        expect_resynchronized(first_lost, lost, strength);
      }
    }
  }
}

TEST(Rfc3078, Section82LossWhereTheCountWraps) {
  for (const unsigned first_lost : {3800U, 4094U, 4095U, 4096U}) {
    for (const unsigned lost : {1U, 300U, 3500U}) {
      expect_resynchronized(first_lost, lost, Strength::bits128);
    }
  }
}

}  // namespace
}  // namespace upptpd::mppe
