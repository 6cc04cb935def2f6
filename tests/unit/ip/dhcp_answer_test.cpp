#include "ip/dhcp_answer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unit/ip/dhcp_request.hpp"

namespace upptpd::ip {
namespace {

DhcpSettings settings() {
  DhcpSettings told;
  told.server = kServer;
  told.dns = {Ipv4Address(0x0a000035), Ipv4Address(0x0a000036)};
  told.wins = {Ipv4Address(0x0a00003c)};
  told.domain = "corp.test";
  told.routes = {{Ipv4Address(0xc0a80000), 16}, {Ipv4Address(0xac101234), 12}};
  return told;
}

Bytes answer(const DhcpRequest& request, const DhcpSettings& told = settings()) {
  return answer_dhcp_inform(read(request.packet()).value(), told).packet;
}

/// The options up to the end, which must be there and followed by zeros alone.
std::string options_of(const Bytes& packet) {
  std::size_t at = kOptions;
  while (packet.at(at) != 0xff) at += 2U + packet.at(at + 1);
  EXPECT_TRUE(std::all_of(packet.begin() + static_cast<std::ptrdiff_t>(at) + 1, packet.end(),
                          [](std::uint8_t octet) { return octet == 0; }));
  return to_hex(View(packet).subspan(kOptions, at - kOptions));
}

/// Its parts, without blanks.
std::string joined(const std::string& parts) { return to_hex(from_hex(parts)); }

const std::string kAckFromServer = "350105 3604 0a000001";

TEST(DhcpAnswer, ForWindows2000) {
  EXPECT_EQ(windows_2000().packet().size(), 328U);
  EXPECT_EQ(
      options_of(answer(windows_2000())),
      joined(kAckFromServer + "0608 0a000035 0a000036 0f09 636f72702e74657374 2c04 0a00003c"));
}

TEST(DhcpAnswer, ForWindows7HasRoutes) {
  EXPECT_EQ(windows_7().packet().size(), 328U);
  EXPECT_EQ(options_of(answer(windows_7())),
            joined(kAckFromServer + "0608 0a000035 0a000036 0f09 636f72702e74657374 2c04 0a00003c"
                                    "f90e 10c0a80a000001 0cac100a000001"));
}

TEST(DhcpAnswer, ForWindows10HasRoutes) {
  EXPECT_EQ(windows_10().packet().size(), 328U);
  EXPECT_EQ(options_of(answer(windows_10())), options_of(answer(windows_7())));
}

TEST(DhcpAnswer, IsAPacketToTheClient) {
  const Bytes packet = answer(windows_2000());
  const auto header = Ipv4Packet::parse(packet).value();
  EXPECT_EQ(header.total_length, packet.size());
  EXPECT_EQ(header.source, kServer);
  EXPECT_EQ(header.destination, kClient);
  EXPECT_EQ(header.protocol, Ipv4Packet::kUdp);
  EXPECT_EQ(ones_complement_sum(View(packet).first(20)), 0xffff);
  EXPECT_EQ(to_hex(View(packet).subspan(kUdp, 6)), "004300440134");  // 67 to 68, 308 octets
  EXPECT_EQ(
      ones_complement_sum(View(packet).subspan(kUdp), pseudo_header_sum(kServer, kClient, 17, 308)),
      0xffff);
}

TEST(DhcpAnswer, RepeatsWhatTheClientSaidOfItself) {
  DhcpRequest request = windows_2000();
  request.flags = "8000";
  const Bytes packet = answer(request);
  EXPECT_EQ(to_hex(View(packet).subspan(kBootp, 44)),
            joined("02080600 7a1b2c3d 0000 8000"  // reply, hardware, no hops; id; no seconds, flags
                   "0a000002 00000000 00000000 00000000"  // no next address, server, relay agent
                   "00534500000000000000000000000000"));
  const View names = View(packet).subspan(kBootp + 44, 192);
  EXPECT_TRUE(std::all_of(names.begin(), names.end(), [](auto octet) { return octet == 0; }));
  EXPECT_EQ(to_hex(View(packet).subspan(kBootp + 236, 4)), "63825363");
}

TEST(DhcpAnswer, HasAtLeast300Octets) {
  EXPECT_EQ(
      answer(windows_7(), {.server = kServer, .dns = {}, .wins = {}, .domain = "", .routes = {}})
          .size(),
      328U);
}

TEST(DhcpAnswer, TellsNothingThatThereIsNot) {
  DhcpSettings told;
  told.server = kServer;
  EXPECT_EQ(options_of(answer(asking_for("060f2c2e79f9"), told)), joined(kAckFromServer));
}

TEST(DhcpAnswer, TellsNothingThatWasNotAskedFor) {
  EXPECT_EQ(options_of(answer(asking_for("01032b33363a3b"))), joined(kAckFromServer));
  EXPECT_EQ(options_of(answer(asking_for(""))), joined(kAckFromServer));
  DhcpRequest request;
  request.options = "350108 ff";
  EXPECT_EQ(options_of(answer(request)), joined(kAckFromServer));
}

TEST(DhcpAnswer, TellsEachOnceHoweverOftenAskedFor) {
  DhcpRequest request;
  request.options = "350108 3704 06060606 3702 0606 ff";
  EXPECT_EQ(options_of(answer(request)), joined(kAckFromServer + "0608 0a000035 0a000036"));
}

TEST(DhcpAnswer, AListInTwoOptionsIsOneList) {
  DhcpRequest request;
  request.options = "350108 3701 06 3701 2c ff";
  EXPECT_EQ(options_of(answer(request)),
            joined(kAckFromServer + "0608 0a000035 0a000036 2c04 0a00003c"));
}

TEST(DhcpAnswer, TellsTheNodeTypeBesideWins) {
  EXPECT_EQ(options_of(answer(asking_for("2c2e"))),
            joined(kAckFromServer + "2c04 0a00003c 2e01 08"));
  DhcpSettings told = settings();
  told.wins.clear();
  EXPECT_EQ(options_of(answer(asking_for("2c2e"), told)), joined(kAckFromServer));
}

TEST(DhcpAnswer, TellsRoutesUnderTheCodeAskedFor) {
  const std::string routes = "0e 10c0a80a000001 0cac100a000001";
  EXPECT_EQ(options_of(answer(asking_for("79"))), joined(kAckFromServer + "79" + routes));
  EXPECT_EQ(options_of(answer(asking_for("f9"))), joined(kAckFromServer + "f9" + routes));
  EXPECT_EQ(options_of(answer(asking_for("f979"))),
            joined(kAckFromServer + "79" + routes + "f9" + routes));
}

TEST(DhcpAnswer, WritesRoutesOfEveryLength) {
  DhcpSettings told = settings();
  const Ipv4Address everywhere(0xffffffff);  // what lies behind the prefix is not sent
  told.routes = {{everywhere, 0},  {everywhere, 1},  {everywhere, 8},  {everywhere, 9},
                 {everywhere, 17}, {everywhere, 24}, {everywhere, 25}, {everywhere, 32}};
  EXPECT_EQ(options_of(answer(asking_for("79"), told)),
            joined(kAckFromServer + "793a"
                                    "00 0a000001  01 80 0a000001  08 ff 0a000001  09 ff80 0a000001"
                                    "11 ffff80 0a000001  18 ffffff 0a000001  19 ffffff80 0a000001"
                                    "20 ffffffff 0a000001"));
}

/// `count` routes, nine octets each.
DhcpSettings with_hosts(std::uint32_t count) {
  DhcpSettings told;
  told.server = kServer;
  for (std::uint32_t i = 0; i < count; ++i) {
    told.routes.push_back({Ipv4Address(0xc0a80000 + i), 32});
  }
  return told;
}

/// The codes and sizes of the options: "53:1 54:4".
std::string sizes_of(const Bytes& packet) {
  std::string sizes;
  for (std::size_t at = kOptions; packet.at(at) != 0xff; at += 2U + packet.at(at + 1)) {
    sizes += (sizes.empty() ? "" : " ") + std::to_string(packet.at(at)) + ":" +
             std::to_string(packet.at(at + 1));
  }
  return sizes;
}

TEST(DhcpAnswer, PutsMoreThan255OctetsOfRoutesIntoOptionsOfWholeRoutes) {
  const DhcpAnswer answered =
      answer_dhcp_inform(read(asking_for("f9").packet()).value(), with_hosts(30));
  EXPECT_EQ(sizes_of(answered.packet), "53:1 54:4 249:252 249:18");
  EXPECT_EQ(answered.routes_left_out, 0U);
}

TEST(DhcpAnswer, LeavesOutTheRoutesThatDoNotFit) {
  const DhcpAnswer answered =
      answer_dhcp_inform(read(asking_for("f9").packet()).value(), with_hosts(1000));
  EXPECT_EQ(sizes_of(answered.packet), "53:1 54:4 249:252 249:36");
  EXPECT_EQ(answered.routes_left_out, 968U);
  EXPECT_LE(answered.packet.size(), 576U);
}

TEST(DhcpAnswer, TellsTheSameRoutesUnderBothCodesWhenTheyDoNotFit) {
  const DhcpAnswer answered =
      answer_dhcp_inform(read(asking_for("79f9").packet()).value(), with_hosts(1000));
  EXPECT_EQ(sizes_of(answered.packet), "53:1 54:4 121:144 249:144");
  EXPECT_EQ(answered.routes_left_out, 984U);
  EXPECT_LE(answered.packet.size(), 576U);
}

TEST(DhcpAnswer, RoutesNotAskedForAreNotLeftOut) {
  EXPECT_EQ(
      answer_dhcp_inform(read(asking_for("06").packet()).value(), with_hosts(1000)).routes_left_out,
      0U);
}

TEST(DhcpAnswer, FillsWhatTheClientTakes) {
  const auto size_for = [](const std::string& limit) {
    DhcpRequest request;
    request.options = "350108 3902" + limit + "3701 f9 ff";
    return answer(request, with_hosts(1000)).size();
  };
  EXPECT_EQ(size_for("0000"), 570U);  // of 576, which every client takes
  EXPECT_EQ(size_for("0240"), 570U);
  EXPECT_EQ(size_for("0249"), 579U);   // of 585: one route more
  EXPECT_EQ(size_for("04b0"), 1195U);  // of 1200
  EXPECT_EQ(size_for("ffff"), 1195U);
}

TEST(DhcpAnswer, ALongDomainLeavesLessRoomForRoutes) {
  DhcpSettings told = with_hosts(1000);
  told.domain = std::string(253, 'a');
  EXPECT_EQ(sizes_of(answer(asking_for("0ff9"), told)), "53:1 54:4 15:253 249:36");
  told.domain = std::string(256, 'a');  // no option has room for it
  EXPECT_EQ(sizes_of(answer(asking_for("0f"), told)), "53:1 54:4");
}

}  // namespace
}  // namespace upptpd::ip
