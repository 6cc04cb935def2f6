// Clear IP never passes, in either direction, at any moment. VirtualCall itself looks at each
// packet that leaves the session; here are those who try.
#include <gtest/gtest.h>

#include "unit/session/virtual_call.hpp"

namespace upptpd::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Bytes from_client(const char* source = "10.0.0.2") { return ip_packet(source, "192.0.2.1"); }
Bytes to_client() { return ip_packet("192.0.2.1", "10.0.0.2"); }

Bytes frame(const char* header, const Bytes& packet) {
  Bytes out = from_hex(header);
  out.insert(out.end(), packet.begin(), packet.end());
  return out;
}

constexpr const char* kClearHeaders[] = {"0021", "21", "ff030021", "ff0321"};

TEST(ClearData, NeverPassesHoweverItIsFramedAndWheneverItComes) {
  for (const char* header : kClearHeaders) {
    VirtualCall call({.chatter = frame(header, from_client())});
    ASSERT_TRUE(call.connect()) << header;
    call.run_for(seconds(1));
    EXPECT_TRUE(call.to_network().empty()) << header;
    EXPECT_GT(call.drops()[DropReason::before_login], 0U);
    EXPECT_GT(call.drops()[DropReason::before_network], 0U);
    const auto after = call.drops()[DropReason::not_encrypted];
    call.client().chatter({});
    call.client().send_frame(frame(header, from_client()));
    call.drain();
    call.run_for(milliseconds(50));
    EXPECT_EQ(call.drops()[DropReason::not_encrypted], after + 1) << header;
    EXPECT_TRUE(call.to_network().empty());
  }
}

TEST(ClearData, FromTheNetworkNeverGoesOut) {
  VirtualCall call({});
  // VirtualCall::inspect fails at the first clear packet; every fifth millisecond one is offered.
  for (int milli = 0; milli < 300; milli += 5) {
    call.at(milliseconds(milli), [&call] { call.send_to_client(to_client()); });
  }
  ASSERT_TRUE(call.connect());
  call.run_for(milliseconds(400));
  EXPECT_GT(call.drops()[DropReason::before_network], 0U);
  EXPECT_GT(call.client().received_ip().size(), 0U);
  for (const std::string& flaw : call.client().flaws()) ADD_FAILURE() << flaw;
}

TEST(ClearData, OtherNetworkProtocolsDoNotPassEither) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (const char* header : {"0057", "002b", "003f", "002d", "002f", "00fb"}) {
    call.client().send_frame(frame(header, from_client()));
  }
  call.drain();
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.drops()[DropReason::frame_protocol], 6U);
  EXPECT_TRUE(call.to_network().empty());
}

TEST(ClearData, EncryptedDataBeforeEncryptionIsCounted) {
  VirtualCall call({.client = {.encryption = ClientProfile::Encryption::rejects_option}});
  call.client().chatter(frame("fd 9000", from_client()));
  call.run_until([&call] { return call.finished(); });
  EXPECT_GT(call.drops()[DropReason::before_login], 0U);
  EXPECT_TRUE(call.to_network().empty());
}

TEST(ClearData, ForgedSourcesAreDropped) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (const char* source : {"10.0.0.3", "10.0.0.1", "0.0.0.0", "255.255.255.255", "127.0.0.1"}) {
    call.send_from_client(from_client(source));
  }
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.drops()[DropReason::ip_source], 5U);
  EXPECT_TRUE(call.to_network().empty());
}

TEST(ClearData, WhatIsNotIpInsideIsDropped) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  const auto send_sealed = [&](const char* inner_header, const Bytes& packet) {
    Bytes sealed = call.client().seal(packet, from_hex(inner_header));
    sealed.insert(sealed.begin(), 0xfd);
    call.client().send_frame(sealed);
  };
  send_sealed("0057", from_client());  // IPv6
  send_sealed("8021", from_client());  // IPCP, which one independent client does encrypt
  EXPECT_NO_FATAL_FAILURE(send_sealed("", from_hex("c0")));
  send_sealed("0021", from_hex("4500"));
  send_sealed("0021", {});
  send_sealed("", {});
  call.drain();
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.drops()[DropReason::frame_protocol], 2U);
  EXPECT_EQ(call.drops()[DropReason::frame_malformed], 2U);
  EXPECT_EQ(call.drops()[DropReason::ip_malformed], 2U);
  EXPECT_TRUE(call.to_network().empty());
}

TEST(ClearData, AnInnerProtocolOfOneOctetIsTaken) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  Bytes sealed = call.client().seal(from_client(), from_hex("21"));
  sealed.insert(sealed.begin(), 0xfd);
  call.client().send_frame(sealed);
  call.drain();
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.to_network().size(), 1U);
}

TEST(ClearData, GarbageUnderEncryptionDoesNotPassAndDataGoesOn) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  for (const char* garbage : {"fd", "fd 90", "fd 0000aabb", "fd b000aabb", "fd f000aabb"}) {
    call.client().send_frame(from_hex(garbage));
  }
  call.drain();
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.drops()[DropReason::mppe_malformed], 5U);
  call.send_from_client(from_client());
  call.run_for(milliseconds(100));
  EXPECT_EQ(call.to_network().size(), 1U);
}

TEST(ClearData, NothingPassesAfterTheUserHungUp) {
  VirtualCall call({});
  ASSERT_TRUE(call.connect());
  const Bytes sealed = call.client().seal(from_client(), from_hex("0021"));
  call.client().hang_up(0);
  call.client().send_frame(frame("fd", sealed));
  call.client().send_frame(frame("0021", from_client()));
  call.drain();
  call.run_for(seconds(10));
  EXPECT_TRUE(call.to_network().empty());
  EXPECT_TRUE(call.finished());
}

}  // namespace
}  // namespace upptpd::session
