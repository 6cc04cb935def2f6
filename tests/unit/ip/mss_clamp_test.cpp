#include "ip/mss_clamp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "ip/checksum.hpp"

namespace upptpd::ip {
namespace {

constexpr std::uint8_t kFin = 0x01;
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kRst = 0x04;
constexpr std::uint8_t kAck = 0x10;

constexpr std::size_t kFragment = 6;
constexpr std::size_t kProtocol = 9;
constexpr std::size_t kDataOffset = 20 + 12;
constexpr std::size_t kChecksum = 20 + 16;
constexpr std::size_t kOptions = 20 + 20;

// What Windows 10 sends: MSS 1460, NOP, window scale 8, NOP, NOP, SACK permitted.
constexpr const char* kWindows = "020405b4 01 030308 01 01 0402";

void write_checksum(Bytes& packet) {
  const auto header = Ipv4Packet::parse(packet).value();
  packet[kChecksum] = 0;
  packet[kChecksum + 1] = 0;
  const View segment = header.payload(packet);
  const std::uint16_t checksum = internet_checksum(
      segment, pseudo_header_sum(header.source, header.destination, Ipv4Packet::kTcp,
                                 static_cast<std::uint16_t>(segment.size())));
  packet[kChecksum] = static_cast<std::uint8_t>(checksum >> 8);
  packet[kChecksum + 1] = static_cast<std::uint8_t>(checksum & 0xff);
}

/// From 10.0.0.2, port 49152, to 192.0.2.1, port 80, with a right checksum. `options` are padded to
/// whole words.
Bytes tcp(std::uint8_t flags, const std::string& options) {
  Bytes list = from_hex(options);
  list.resize((list.size() + 3) / 4 * 4);
  const std::size_t size = 20 + list.size();
  const auto header =
      ipv4_header(Ipv4Packet::kTcp, Ipv4Address(0x0a000002), Ipv4Address(0xc0000201), size);
  Bytes packet(header.begin(), header.end());
  const Bytes fields = from_hex("c0000050 12345678 00000000 0000faf0 00000000");
  packet.insert(packet.end(), fields.begin(), fields.end());
  packet[kDataOffset] = static_cast<std::uint8_t>(size / 4 << 4);
  packet[kDataOffset + 1] = flags;
  packet.insert(packet.end(), list.begin(), list.end());
  write_checksum(packet);
  return packet;
}

bool checksum_is_right(const Bytes& packet) {
  const auto header = Ipv4Packet::parse(packet).value();
  const View segment = header.payload(packet);
  return ones_complement_sum(
             segment, pseudo_header_sum(header.source, header.destination, Ipv4Packet::kTcp,
                                        static_cast<std::uint16_t>(segment.size()))) == 0xffff;
}

Bytes clamped(Bytes packet, std::uint16_t most = 1360) {
  clamp_mss(packet, Ipv4Packet::parse(packet).value(), most);
  return packet;
}

std::string options_of(const Bytes& packet) { return to_hex(View(packet).subspan(kOptions)); }

TEST(MssClamp, LowersTheOptionOfASyn) {
  const Bytes packet = clamped(tcp(kSyn, kWindows));
  EXPECT_EQ(options_of(packet), "020405500103030801010402");
  EXPECT_TRUE(checksum_is_right(packet));
}

TEST(MssClamp, LowersTheOptionOfASynThatAcknowledges) {
  const Bytes packet = clamped(tcp(kSyn | kAck, kWindows));
  EXPECT_EQ(options_of(packet).substr(0, 8), "02040550");
  EXPECT_TRUE(checksum_is_right(packet));
}

TEST(MssClamp, ChangesNothingButTheValueAndTheChecksum) {
  const Bytes before = tcp(kSyn, kWindows);
  const Bytes after = clamped(before);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool may_change =
        i == kChecksum || i == kChecksum + 1 || i == kOptions + 2 || i == kOptions + 3;
    EXPECT_TRUE(may_change || before[i] == after[i]) << i;
  }
}

TEST(MssClamp, LeavesWhatIsSmallEnough) {
  for (const char* mss : {"02040550", "0204054f", "02040218", "02040000"}) {
    const Bytes packet = tcp(kSyn, mss);
    EXPECT_EQ(clamped(packet), packet) << mss;
  }
  EXPECT_EQ(options_of(clamped(tcp(kSyn, "02040551"))), "02040550");
}

TEST(MssClamp, AddsNoOption) {
  for (const char* options : {"", "0402 0101", "00000000"}) {
    const Bytes packet = tcp(kSyn, options);
    EXPECT_EQ(clamped(packet, 100), packet) << options;
  }
}

TEST(MssClamp, LeavesASegmentThatOpensNothing) {
  for (const int flags : {0, int{kAck}, kSyn | kRst, kSyn | kFin, kSyn | kFin | kAck, int{kRst}}) {
    const Bytes packet = tcp(static_cast<std::uint8_t>(flags), kWindows);
    EXPECT_EQ(clamped(packet), packet) << flags;
  }
}

TEST(MssClamp, LeavesOtherProtocols) {
  for (const int protocol : {0, 1, 4, 17, 41, 47, 255}) {
    Bytes packet = tcp(kSyn, kWindows);
    packet[kProtocol] = static_cast<std::uint8_t>(protocol);
    EXPECT_EQ(clamped(packet), packet) << protocol;
  }
}

TEST(MssClamp, LowersInTheFirstFragmentOnly) {
  Bytes packet = tcp(kSyn, kWindows);
  packet[kFragment] = 0x20;  // more
  EXPECT_EQ(options_of(clamped(packet)).substr(0, 8), "02040550");
  packet[kFragment + 1] = 1;  // not the first
  EXPECT_EQ(clamped(packet), packet);
}

// The value then lies in two of the checksum's words.
TEST(MssClamp, LowersAnOptionAtAnOddOffset) {
  for (const char* options :
       {"01 020405b4", "01 01 020405b4", "01 01 01 0204ffff", "030308 020405b4"}) {
    const Bytes packet = clamped(tcp(kSyn, options));
    EXPECT_NE(options_of(packet).find("02040550"), std::string::npos) << options;
    EXPECT_TRUE(checksum_is_right(packet)) << options;
  }
}

TEST(MssClamp, LowersEveryRepetition) {
  const Bytes packet = clamped(tcp(kSyn, "020405b4 01 02040578 0204ffff"));
  EXPECT_EQ(options_of(packet), "02040550010204055002040550000000");
  EXPECT_TRUE(checksum_is_right(packet));
}

TEST(MssClamp, KeepsTheChecksumRightForEveryValue) {
  for (std::uint32_t mss = 0; mss <= 0xffff; mss += 7) {
    for (const char* before : {"", "01"}) {
      Bytes packet = tcp(kSyn, before + std::string("0204") +
                                   to_hex(Bytes{static_cast<std::uint8_t>(mss >> 8),
                                                static_cast<std::uint8_t>(mss & 0xff)}));
      ASSERT_TRUE(checksum_is_right(clamped(packet, 1360))) << mss;
      ASSERT_TRUE(checksum_is_right(clamped(packet, 0))) << mss;
    }
  }
}

TEST(MssClamp, AWrongChecksumStaysWrong) {
  Bytes packet = tcp(kSyn, kWindows);
  packet[kChecksum] ^= 0x10;
  EXPECT_FALSE(checksum_is_right(clamped(packet)));
}

TEST(MssClamp, TakesAnIpHeaderWithOptions) {
  Bytes packet = tcp(kSyn, kWindows);
  packet.insert(packet.begin() + 20, 4, 1);
  packet[0] = 0x46;
  packet[3] = static_cast<std::uint8_t>(packet.size());
  const Bytes after = clamped(packet);
  EXPECT_EQ(to_hex(View(after).subspan(kOptions + 4, 4)), "02040550");
  EXPECT_TRUE(checksum_is_right(after));
}

TEST(MssClamp, LeavesPaddingBehindThePacket) {
  Bytes packet = tcp(kSyn, "");
  packet[kDataOffset] = 0x60;  // its header would reach into the padding
  packet.insert(packet.end(), {2, 4, 0xff, 0xff});
  EXPECT_EQ(clamped(packet), packet);
}

TEST(MssClamp, LeavesImpossibleOptions) {
  for (const char* options :
       {"00 0204ffff", "0300 0204ffff", "0301 0204ffff", "0309 0204ffff", "fdff 0204ffff",
        "0203ff 01", "0205ffff ff", "0200ffff", "0201ffff", "02ffffff"}) {
    const Bytes packet = tcp(kSyn, options);
    EXPECT_EQ(clamped(packet), packet) << options;
  }
}

TEST(MssClamp, LeavesAnOptionCutByTheEndOfTheHeader) {
  for (const char* options : {"01010102", "01010204", "010204ff"}) {
    Bytes packet = tcp(kSyn, options);
    packet.insert(packet.end(), {0xff, 0xff, 0xff, 0xff});  // data of the segment
    packet[3] = static_cast<std::uint8_t>(packet.size());
    EXPECT_EQ(clamped(packet), packet) << options;
  }
}

// As a receiver that reads one option after another does.
TEST(MssClamp, TakesWhatComesBeforeAnImpossibleOption) {
  const Bytes packet = clamped(tcp(kSyn, "020405b4 0300 0101"));
  EXPECT_EQ(options_of(packet), "0204055003000101");
  EXPECT_TRUE(checksum_is_right(packet));
}

TEST(MssClamp, LeavesAHeaderOfImpossibleLength) {
  for (unsigned words = 0; words < 16; ++words) {
    Bytes packet = tcp(kSyn, "020405b4");
    packet[kDataOffset] = static_cast<std::uint8_t>(words << 4);
    EXPECT_EQ(clamped(packet) == packet, words != 6) << words;
  }
}

TEST(MssClamp, LeavesEveryCutPacket) {
  const Bytes whole = tcp(kSyn, "020405b4");
  for (std::size_t size = 20; size < whole.size(); ++size) {
    // On the heap with exactly this size, so that the sanitizer sees an access beyond.
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    cut[3] = static_cast<std::uint8_t>(size);
    EXPECT_EQ(clamped(cut), cut) << size;
  }
}

}  // namespace
}  // namespace upptpd::ip
