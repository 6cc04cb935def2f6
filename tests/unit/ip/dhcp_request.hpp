// What a client of 10.0.0.1 asks by DHCP over its tunnel.
#pragma once

#include <algorithm>
#include <string>

#include "ip/checksum.hpp"
#include "ip/dhcp_inform.hpp"
#include "ip/ipv4_packet.hpp"

namespace upptpd::ip {

inline constexpr Ipv4Address kServer(0x0a000001);  // 10.0.0.1
inline constexpr Ipv4Address kClient(0x0a000002);  // 10.0.0.2
inline constexpr Ipv4Address kOther(0x0a000063);   // 10.0.0.99
inline constexpr Ipv4Address kBroadcast(0xffffffff);

// Where the fields are in an IP packet without options.
inline constexpr std::size_t kUdp = 20;
inline constexpr std::size_t kBootp = 28;
inline constexpr std::size_t kOptions = kBootp + 240;

/// A request as Windows sends it over PPTP: to everybody, 328 octets of IP whatever is in it.
struct DhcpRequest {
  Ipv4Address source = kClient;
  Ipv4Address destination = kBroadcast;
  std::uint16_t source_port = 68;
  std::uint16_t destination_port = 67;
  std::uint8_t op = 1;
  std::uint8_t hardware_length = 0;
  std::string flags = "0000";
  Ipv4Address client = kClient;
  std::string relay = "00000000";
  std::string hardware_address = "00000000000000000000000000000000";
  std::string options = "350108 3704 062c2b0f ff";
  std::size_t size = 300;

  [[nodiscard]] Bytes message() const {
    const auto hex = [](Ipv4Address address) {
      std::uint8_t octets[4];
      for (unsigned i = 0; i < 4; ++i) {
        octets[i] = static_cast<std::uint8_t>(address.value() >> (24 - 8 * i));
      }
      return to_hex(octets);
    };
    Bytes bytes = from_hex("0008 0000 7a1b2c3d 0600" + flags + hex(client) + "00000000 00000000" +
                           relay + hardware_address);
    bytes[0] = op;
    bytes[2] = hardware_length;
    bytes.resize(236);  // names
    const Bytes rest = from_hex("63825363" + options);
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    bytes.resize(std::max(size, bytes.size()));
    return bytes;
  }

  [[nodiscard]] Bytes packet() const {
    const Bytes data = message();
    const std::size_t length = 8 + data.size();
    const auto header = ipv4_header(Ipv4Packet::kUdp, source, destination, length);
    Bytes bytes(header.begin(), header.end());
    for (const std::size_t word :
         {std::size_t{source_port}, std::size_t{destination_port}, length, std::size_t{0}}) {
      bytes.push_back(static_cast<std::uint8_t>(word >> 8));
      bytes.push_back(static_cast<std::uint8_t>(word & 0xff));
    }
    bytes.insert(bytes.end(), data.begin(), data.end());
    const std::uint16_t checksum = internet_checksum(
        View(bytes).subspan(kUdp), pseudo_header_sum(source, destination, Ipv4Packet::kUdp,
                                                     static_cast<std::uint16_t>(length)));
    bytes[kUdp + 6] = static_cast<std::uint8_t>(checksum >> 8);
    bytes[kUdp + 7] = static_cast<std::uint8_t>(checksum & 0xff);
    return bytes;
  }
};

// Client identifier 08 and the letters SE in six octets, host name, class "MSFT 5.0"; asks for DNS,
// WINS, what the vendor has, and domain.
inline DhcpRequest windows_2000() {
  DhcpRequest request;
  request.hardware_length = 6;
  request.hardware_address = "00534500000000000000000000000000";
  request.options =
      "350108 3d07 08005345000000 0c04 44455631 3c08 4d53465420352e30 3704 062c2b0f ff";
  return request;
}

// Without a hardware address; client identifier of type 0. Asks for the subnet mask too, and for
// routes by Microsoft's code.
inline DhcpRequest windows_7() {
  DhcpRequest request;
  request.options =
      "350108 3d11 00 0f1e2d3c4b5a69788796a5b4c3d2e1f0 0c0f 57494e2d455841"
      "4d504c4530303031 3c08 4d53465420352e30 3706 062c2b01f90f ff";
  return request;
}

// As Windows 7.
inline DhcpRequest windows_10() {
  DhcpRequest request;
  request.options =
      "350108 3d11 00 f0e1d2c3b4a5968778695a4b3c2d1e0f 0c07 4c4150544f5031"
      "3c08 4d53465420352e30 3706 062c2b01f90f ff";
  return request;
}

inline DhcpRequest asking_for(const std::string& codes) {
  DhcpRequest request;
  request.options =
      "350108 37" + to_hex(Bytes{static_cast<std::uint8_t>(codes.size() / 2)}) + codes + "ff";
  return request;
}

inline Result<DhcpInform, NotInform> read(const Bytes& packet) {
  return read_dhcp_inform(packet, Ipv4Packet::parse(packet).value(), kClient, kServer);
}

}  // namespace upptpd::ip
