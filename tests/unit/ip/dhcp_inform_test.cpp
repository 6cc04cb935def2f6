#include "ip/dhcp_inform.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/ip/dhcp_request.hpp"

namespace upptpd::ip {
namespace {

/// What the packet is, in a word.
std::string judged(const Bytes& packet) {
  const auto inform = read(packet);
  if (inform) return "inform";
  switch (inform.error()) {
    case NotInform::not_ours:
      return "not ours";
    case NotInform::from_a_server:
      return "from a server";
    case NotInform::other_request:
      return "other request";
    case NotInform::malformed:
      return "malformed";
  }
  return "";
}

std::string judged_options(const std::string& options) {
  DhcpRequest request;
  request.options = options;
  return judged(request.packet());
}

TEST(DhcpInform, SaysWhatTheAnswerNeedsToKnow) {
  DhcpRequest request = windows_2000();
  request.flags = "8000";
  const auto inform = read(request.packet());
  ASSERT_TRUE(inform);
  EXPECT_EQ(inform->client, kClient);
  EXPECT_EQ(inform->transaction, 0x7a1b2c3dU);
  EXPECT_EQ(inform->flags, 0x8000);
  EXPECT_EQ(inform->hardware_type, 8);
  EXPECT_EQ(inform->hardware_length, 6);
  EXPECT_EQ(to_hex(inform->hardware_address), "00534500000000000000000000000000");
  EXPECT_EQ(to_hex(inform->requested), "062c2b0f");
  EXPECT_EQ(inform->size_limit, 576);
}

TEST(DhcpInform, ASizeLimitIsKeptWithinOurs) {
  const auto limit = [](const std::string& option) {
    DhcpRequest request;
    request.options = "350108" + option + "ff";
    return read(request.packet())->size_limit;
  };
  EXPECT_EQ(limit("3902 0000"), 576);
  EXPECT_EQ(limit("3902 0241"), 577);
  EXPECT_EQ(limit("3902 04b0"), 1200);
  EXPECT_EQ(limit("3902 ffff"), 1200);
}

TEST(DhcpInform, IsSentToEverybodyOrToUs) {
  DhcpRequest request;
  EXPECT_EQ(judged(request.packet()), "inform");
  request.destination = kServer;
  EXPECT_EQ(judged(request.packet()), "inform");
}

TEST(DhcpInform, ToAnotherServerIsNotOurs) {
  for (const std::string type : {"01", "03", "07", "08"}) {
    DhcpRequest request;
    request.destination = kOther;
    request.options = "3501" + type + "ff";
    EXPECT_EQ(judged(request.packet()), "not ours") << type;
  }
}

TEST(DhcpInform, OtherDatagramsAreNotOurs) {
  DhcpRequest request;
  for (const int port : {0, 53, 66, 69, 137, 546, 67 << 8}) {
    request.destination_port = static_cast<std::uint16_t>(port);
    EXPECT_EQ(judged(request.packet()), "not ours") << port;
  }
}

TEST(DhcpInform, OtherProtocolsAreNotOurs) {
  Bytes packet = DhcpRequest().packet();
  for (const int protocol : {1, 2, 6, 47, 136}) {
    packet[9] = static_cast<std::uint8_t>(protocol);
    EXPECT_EQ(judged(packet), "not ours") << protocol;
  }
}

TEST(DhcpInform, OtherRequestsAreTold) {
  for (const std::string type : {"01", "02", "03", "04", "05", "06", "07", "09", "ff"}) {
    EXPECT_EQ(judged_options("3501" + type + "ff"), "other request") << type;
  }
  DhcpRequest discover;
  discover.client = Ipv4Address();
  discover.options = "350101 ff";
  EXPECT_EQ(judged(discover.packet()), "other request");
}

TEST(DhcpInform, AClientThatActsAsAServerIsTold) {
  for (const Ipv4Address destination : {kBroadcast, kServer, kOther}) {
    DhcpRequest offer;
    offer.destination = destination;
    offer.op = 2;
    offer.source_port = 67;
    offer.destination_port = 68;
    offer.options = "350102 3604 0a000002 3304 00000e10 ff";
    EXPECT_EQ(judged(offer.packet()), "from a server");
    offer.source_port = 5000;
    EXPECT_EQ(judged(offer.packet()), "from a server") << "from another port";
    offer.op = 1;
    EXPECT_EQ(judged(offer.packet()), "from a server") << "called a request";
    offer.op = 2;
    offer.destination_port = 67;
    EXPECT_EQ(judged(offer.packet()), "from a server") << "to a relay agent";
  }
}

TEST(DhcpInform, AServersFirstFragmentIsTold) {
  DhcpRequest offer;
  offer.op = 2;
  offer.destination_port = 68;
  Bytes packet = offer.packet();
  packet[6] = 0x20;
  EXPECT_EQ(judged(packet), "from a server");
}

TEST(DhcpInform, RefusesFragments) {
  Bytes packet = DhcpRequest().packet();
  packet[6] = 0x20;
  EXPECT_EQ(judged(packet), "malformed");
  packet[6] = 0;
  packet[7] = 1;  // a later one has no ports
  EXPECT_EQ(judged(packet), "not ours");
}

TEST(DhcpInform, RefusesAnAddressThatIsNotTheClients) {
  DhcpRequest request;
  request.client = kOther;
  EXPECT_EQ(judged(request.packet()), "malformed");
  request.client = Ipv4Address();
  EXPECT_EQ(judged(request.packet()), "malformed");
  request.client = kClient;
  request.source = kOther;
  EXPECT_EQ(judged(request.packet()), "malformed");
}

TEST(DhcpInform, RefusesARelayAgent) {
  DhcpRequest request;
  request.relay = "0a000002";
  EXPECT_EQ(judged(request.packet()), "malformed");
}

TEST(DhcpInform, RefusesAHardwareAddressThatDoesNotFit) {
  for (int length = 0; length < 256; ++length) {
    DhcpRequest request;
    request.hardware_length = static_cast<std::uint8_t>(length);
    EXPECT_EQ(judged(request.packet()), length <= 16 ? "inform" : "malformed") << length;
  }
}

TEST(DhcpInform, RefusesAnotherOperation) {
  for (const int op : {0, 3, 255}) {
    DhcpRequest request;
    request.op = static_cast<std::uint8_t>(op);
    EXPECT_EQ(judged(request.packet()), "malformed") << op;
  }
}

TEST(DhcpInform, RefusesBootpWithoutTheCookie) {
  Bytes packet = DhcpRequest().packet();
  packet[kOptions - 1] ^= 1;
  packet[kUdp + 6] = 0;
  packet[kUdp + 7] = 0;
  EXPECT_EQ(judged(packet), "malformed");
}

TEST(DhcpInform, RefusesWrongChecksums) {
  const Bytes good = windows_7().packet();
  for (const std::size_t changed :
       {std::size_t{4}, std::size_t{8}, std::size_t{10}, kUdp + 6, kBootp + 4, good.size() - 1}) {
    Bytes packet = good;
    packet[changed] ^= 1;
    EXPECT_EQ(judged(packet), "malformed") << changed;
  }
}

TEST(DhcpInform, TakesADatagramWithoutAChecksum) {
  Bytes packet = windows_7().packet();
  packet[kUdp + 6] = 0;
  packet[kUdp + 7] = 0;
  EXPECT_EQ(judged(packet), "inform");
}

TEST(DhcpInform, RefusesImpossibleOptions) {
  for (const char* options : {
           "ff",                                          // no message type
           "350108",                                      // no end, but padding
           "3500 ff", "3502 0808 ff",                     // a message type of another size
           "350100 ff",                                   // none
           "350108 3901 05 ff", "350108 3903 024000 ff",  // a size limit of another size
           "350108 3401 01 ff", "350108 3400 ff",         // goes on in the names
           "350108 3dff ff", "350108 37ff 06 ff",         // longer than the message
       }) {
    EXPECT_EQ(judged_options(options), "malformed") << options;
  }
}

TEST(DhcpInform, TakesEmptyOptionsAndOthers) {
  for (const char* options : {"350108 3d00 0c00 3700 ff", "0000 350108 00 ff", "350108 ff 3401 ff",
                              "350108 3a04 00000000 fe02 0000 ff", "350101 350108 ff"}) {
    EXPECT_EQ(judged_options(options), "inform") << options;
  }
}

TEST(DhcpInform, TakesTheLongestOption) {
  DhcpRequest request;
  std::string option = "3dff";
  for (int i = 0; i < 255; ++i) option += "aa";
  request.options = "350108" + option + "3701 06 ff";
  EXPECT_EQ(to_hex(read(request.packet())->requested), "06");
}

TEST(DhcpInform, RefusesAMessageWithoutAnEnd) {
  DhcpRequest request;
  request.size = 0;
  for (const char* options : {"", "350108", "350108 37", "350108 3702 06", "350108 00"}) {
    request.options = options;
    EXPECT_EQ(judged(request.packet()), "malformed") << options;
  }
  request.options = "350108 ff";
  EXPECT_EQ(judged(request.packet()), "inform");
}

void set_lengths(Bytes& packet, std::size_t ip, std::size_t udp) {
  packet[2] = static_cast<std::uint8_t>(ip >> 8);
  packet[3] = static_cast<std::uint8_t>(ip & 0xff);
  if (packet.size() < kUdp + 8) return;
  packet[kUdp + 4] = static_cast<std::uint8_t>(udp >> 8);
  packet[kUdp + 5] = static_cast<std::uint8_t>(udp & 0xff);
  packet[kUdp + 6] = 0;
  packet[kUdp + 7] = 0;
  // The header's checksum is right again.
  packet[10] = 0;
  packet[11] = 0;
  const std::uint16_t checksum = internet_checksum(View(packet).first(20));
  packet[10] = static_cast<std::uint8_t>(checksum >> 8);
  packet[11] = static_cast<std::uint8_t>(checksum & 0xff);
}

TEST(DhcpInform, RefusesEveryCutRequest) {
  DhcpRequest request = windows_7();
  request.size = 0;  // ends with its last option
  const Bytes whole = request.packet();
  for (std::size_t size = 20; size < whole.size(); ++size) {
    // On the heap with exactly this size, so that the sanitizer sees a read beyond.
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string expected = size < kUdp + 8 ? "not ours" : "malformed";
    set_lengths(cut, size, whole.size() - kUdp);
    EXPECT_EQ(judged(cut), expected) << size << ", the datagram says it has all";
    set_lengths(cut, size, size - kUdp);
    EXPECT_EQ(judged(cut), expected) << size << ", the datagram ends here";
  }
}

TEST(DhcpInform, RefusesADatagramOfImpossibleLength) {
  Bytes packet = DhcpRequest().packet();
  for (const std::size_t length : {0U, 1U, 7U, 8U, 309U, 65535U}) {
    set_lengths(packet, packet.size(), length);
    EXPECT_EQ(judged(packet), "malformed") << length;
  }
}

TEST(DhcpInform, ReadsNothingBehindTheDatagram) {
  DhcpRequest request;
  request.size = 0;
  request.options = "350108";
  Bytes packet = request.packet();
  packet.push_back(0xff);  // padding of the packet, and then of the datagram
  EXPECT_EQ(judged(packet), "malformed");
  set_lengths(packet, packet.size(), packet.size() - 1 - kUdp);
  EXPECT_EQ(judged(packet), "malformed");
  set_lengths(packet, packet.size(), packet.size() - kUdp);
  EXPECT_EQ(judged(packet), "inform");
}

}  // namespace
}  // namespace upptpd::ip
