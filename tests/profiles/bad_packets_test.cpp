// Control packets and data that no client should send, at every phase: each is a counted drop or an
// orderly end, and never more.
#include "hostile_call.hpp"

namespace upptpd::profiles {
namespace {

using session::Cause;
using std::chrono::milliseconds;
using std::chrono::seconds;

Profile stateful_profile() { return profile_named("Cisco-like, stateful only"); }

TEST(BadPackets, NetworkProtocolsBeforeTheLoginAreDropped) {
  HostileCall call;
  ASSERT_TRUE(call.run_to_challenge());
  call.inject(kCcp, 1, 9, from_hex("1206 01000040"));
  call.inject(kCcp, 14, 9, {});
  call.inject(kIpcp, 1, 9, from_hex("0306 0a000002"));
  EXPECT_EQ(call.drops(DropReason::control_unexpected), 3U);
  call.inject_raw(from_hex("fd 9000 0123456789"));
  Bytes clear = from_hex("0021");
  const Bytes packet = ip_packet(ProfileCall::kClientAddress, ProfileCall::kServerAddress);
  clear.insert(clear.end(), packet.begin(), packet.end());
  call.inject_raw(clear);
  EXPECT_EQ(call.drops(DropReason::before_login), 2U);
  EXPECT_TRUE(call.progress().delivered.empty());
  call.let_it_answer();
  ASSERT_TRUE(call.connect());
  call.expect_alive();
}

TEST(BadPackets, ClearDataIsDroppedWhereEncryptionIsOn) {
  for (const Policy& policy : {default_policy(), open_policy()}) {
    SCOPED_TRACE(policy.name);
    HostileCall call(policy);
    ASSERT_TRUE(call.connect());
    Bytes clear = from_hex("21");
    const Bytes packet = ip_packet(ProfileCall::kClientAddress, ProfileCall::kServerAddress);
    clear.insert(clear.end(), packet.begin(), packet.end());
    call.inject_raw(clear);
    EXPECT_EQ(call.drops(DropReason::not_encrypted), 1U);
    EXPECT_TRUE(call.progress().delivered.empty());
    call.expect_alive();
  }
}

TEST(BadPackets, ResetRequestsByTheThousandDisturbNothing) {
  for (const bool stateful : {false, true}) {
    SCOPED_TRACE(stateful ? "stateful" : "stateless");
    HostileCall call = stateful ? HostileCall(legacy_policy(), stateful_profile()) : HostileCall();
    ASSERT_TRUE(call.connect());
    const std::uint64_t before = call.drops(DropReason::control_unexpected);
    for (int i = 0; i < 5000; ++i) {
      call.client().link().send_control(kCcp, 14, static_cast<std::uint8_t>(i), {});
      call.drain();
    }
    call.run_for(seconds(1));
    // Stateless packets need none.
    EXPECT_EQ(call.drops(DropReason::control_unexpected) - before, stateful ? 0U : 5000U);
    call.expect_alive();
  }
}

TEST(BadPackets, ResetAcksByTheThousandDisturbNothing) {
  HostileCall call(legacy_policy(), stateful_profile());
  ASSERT_TRUE(call.connect());
  for (int i = 0; i < 5000; ++i) {
    call.client().link().send_control(kCcp, 15, static_cast<std::uint8_t>(i), {});
    call.drain();
  }
  call.run_for(seconds(1));
  call.expect_alive();
}

/// Every header that MPPE can have, with noise behind it.
void inject_every_header(HostileCall& call) {
  for (unsigned header = 0; header < 0x10000 && !call.finished(); ++header) {
    Bytes frame = {0xfd, static_cast<std::uint8_t>(header >> 8), static_cast<std::uint8_t>(header)};
    frame.resize(frame.size() + header % 40, static_cast<std::uint8_t>(header));
    call.inject_frame(std::move(frame));
    if (header % 16 == 0) call.run_for(milliseconds(1));
  }
  call.run_for(seconds(1));
}

TEST(BadPackets, EncryptedNoiseWithEveryHeaderIsCountedOrEndsTheCall) {
  for (const bool stateful : {false, true}) {
    SCOPED_TRACE(stateful ? "stateful" : "stateless");
    HostileCall call = stateful ? HostileCall(legacy_policy(), stateful_profile()) : HostileCall();
    ASSERT_TRUE(call.connect());
    inject_every_header(call);
    EXPECT_GT(call.drops(), 100U);
    EXPECT_TRUE(call.progress().delivered.empty());
    if (call.finished()) {
      EXPECT_EQ(call.progress().finished->cause, Cause::encryption_lost);
    }
    expect_clean_log(call);
  }
}

TEST(BadPackets, EncryptedPacketsWithEveryCountAreLateOrAGap) {
  for (unsigned count = 1; count < 0x1000; count += 13) {
    SCOPED_TRACE(count);
    HostileCall call;
    ASSERT_TRUE(call.connect());
    call.client().link().sealer()->count = static_cast<std::uint16_t>(count);
    call.client().send_ip(ip_packet(ProfileCall::kClientAddress, ProfileCall::kServerAddress),
                          call.now());
    call.drain();
    call.run_for(milliseconds(20));
    EXPECT_EQ(call.drops(), 1U);
    EXPECT_TRUE(call.progress().delivered.empty());
    EXPECT_FALSE(call.finished());
  }
}

TEST(BadPackets, ShortEncryptedFramesAreCounted) {
  HostileCall call;
  ASSERT_TRUE(call.connect());
  for (const char* frame : {"fd", "fd 90", "00fd 90", "fd 1000", "fd 6000 00", "ff03 00fd"}) {
    const std::uint64_t before = call.drops(DropReason::mppe_malformed);
    call.inject_raw(from_hex(frame));
    EXPECT_EQ(call.drops(DropReason::mppe_malformed), before + 1) << frame;
  }
  call.expect_alive();
}

TEST(BadPackets, OptionsWithImpossibleLengthsAreDropped) {
  struct Row {
    std::uint16_t protocol;
    const char* options;
  };
  for (const Row& row : {Row{kLcp, "0100"},
                         {kLcp, "01ff 0578"},
                         {kLcp, "0104 0578 05"},
                         {kLcp, "0101"},
                         {kCcp, "1200"},
                         {kCcp, "12ff 01000040"},
                         {kCcp, "12"},
                         {kIpcp, "0300"},
                         {kIpcp, "03ff 0a000002"},
                         {kIpcp, "0301 06"}}) {
    for (const std::uint8_t code : from_hex("01 03 04")) {
      SCOPED_TRACE(std::string(row.options) + ", code " + std::to_string(code));
      HostileCall call;
      ASSERT_TRUE(call.connect());
      const std::uint64_t before = call.drops();
      call.inject(row.protocol, code, 77, from_hex(row.options));
      EXPECT_EQ(call.drops(), before + 1);
      call.expect_alive();
    }
  }
}

// Of the right length for the list, but not for what they mean.
TEST(BadPackets, OptionsOfStrangeSizesEndInRefusalsOrAnEnd) {
  for (const std::uint16_t protocol : {kLcp, kCcp, kIpcp}) {
    for (const unsigned type : {1U, 2U, 3U, 5U, 7U, 8U, 13U, 17U, 18U, 129U, 255U}) {
      for (const std::size_t size : {0U, 1U, 3U, 5U, 100U, 253U}) {
        SCOPED_TRACE(std::to_string(protocol) + " option " + std::to_string(type) + " size " +
                     std::to_string(size));
        HostileCall call;
        ASSERT_TRUE(call.connect());
        Bytes options = {static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(size + 2)};
        options.resize(options.size() + size, 0xaa);
        call.inject(protocol, 1, 78, options);
        call.run_for(seconds(1));
        call.expect_orderly();
      }
    }
  }
}

TEST(BadPackets, LcpPacketsWithImpossibleLengthsAreDropped) {
  HostileCall call;
  ASSERT_TRUE(call.connect());
  for (const char* frame : {"c021", "c021 01", "c021 0101", "c021 010100", "c021 0101 0003",
                            "c021 0101 ffff", "80fd 0101 0000", "8021 0101 0100"}) {
    const std::uint64_t before = call.drops(DropReason::control_malformed);
    call.inject_raw(from_hex(frame));
    EXPECT_EQ(call.drops(DropReason::control_malformed), before + 1) << frame;
  }
  call.expect_alive();
}

// Going back to the initial keys would use their key stream twice.
TEST(BadPackets, AnotherEncryptionAfterPacketsWentEndsTheCall) {
  for (const char* options :
       {"1206 01000020", "1206 00000040", "1206 010000e1", "1206 00000000", "", "1105 00 01 04"}) {
    SCOPED_TRACE(options);
    HostileCall call(legacy_policy());
    ASSERT_TRUE(call.connect());
    ASSERT_EQ(call.exchange_packets(), "");
    call.inject(kCcp, 1, 79, from_hex(options));
    ASSERT_TRUE(call.run_to_end());
    EXPECT_EQ(call.progress().finished->cause, Cause::encryption_lost);
    expect_clean_log(call);
  }
}

TEST(BadPackets, TextsOfTheClientAreEscapedInTheLog) {
  Profile profile = profile_named("Windows 10");
  profile.control.start.vendor_name = "evil\n\x1b[31mvendor";
  profile.control.start.host_name = "\x01\x02";
  profile.link.identifications = {"MSRASV5.20\nevent=connected", "MSRAS-0-\x1b]0;x\x07",
                                  std::string(200, '\xff'), ""};
  HostileCall call(default_policy(), profile);
  ASSERT_TRUE(call.connect());
  call.inject(kLcp, 5, 80, to_bytes("bye\n\x1b[2J\x80"));
  ASSERT_TRUE(call.run_to_end());
  expect_clean_log(call);
}

TEST(BadPackets, NoiseAtEveryPhaseEndsInGoodOrder) {
  SeededRandom dice(4711);
  const std::uint16_t protocols[] = {kLcp, kChap, kPap, kCcp, kIpcp, kIpv6cp, kCompressed, kIpv4};
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    HostileCall call(round % 2 == 0 ? default_policy() : open_policy());
    call.run_for(milliseconds(1 + dice.u16() % 120));
    if (!call.client().call_answered()) continue;
    for (int packet = 0; packet < 50 && !call.finished(); ++packet) {
      const std::uint16_t protocol = protocols[dice.u16() % std::size(protocols)];
      Bytes data(dice.u16() % 60);
      dice.fill(data);
      call.inject(protocol, static_cast<std::uint8_t>(dice.u16() % 17),
                  static_cast<std::uint8_t>(dice.u16() % 8), data);
    }
    call.run_for(seconds(70));
    call.expect_orderly();
  }
}

}  // namespace
}  // namespace upptpd::profiles
