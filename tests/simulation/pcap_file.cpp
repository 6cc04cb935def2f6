#include "pcap_file.hpp"

#include <array>
#include <fstream>

#include "core/writer.hpp"

namespace upptpd::simulation {
namespace {

constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kTcpHeader = 20;
constexpr std::uint32_t kServerAddress = 0xcb007101;
constexpr std::uint32_t kClientAddress = 0xc6336402;

Bytes pcap_header() {
  Bytes header(24);
  Writer writer(header);
  writer.u32(0xa1b2c3d4);  // microseconds, in our order of octets
  writer.u16(2);
  writer.u16(4);
  writer.zeros(8);
  writer.u32(65535);
  writer.u32(101);  // LINKTYPE_RAW: begins with the IP header
  return header;
}

Bytes ip_packet(const Sent& sent, std::uint32_t sequence, std::uint32_t acknowledgment) {
  const std::size_t size = kIpHeader + (sent.gre ? 0 : kTcpHeader) + sent.octets.size();
  const bool from_client = sent.from == Side::client;
  Bytes packet(size);
  Writer writer(packet);
  writer.u16(0x4500);
  writer.u16(static_cast<std::uint16_t>(size));
  writer.zeros(4);
  writer.u8(64);
  writer.u8(sent.gre ? 47 : 6);
  writer.zeros(2);  // no checksum
  writer.u32(from_client ? kClientAddress : kServerAddress);
  writer.u32(from_client ? kServerAddress : kClientAddress);
  if (!sent.gre) {
    writer.u16(from_client ? 40000 : 1723);
    writer.u16(from_client ? 1723 : 40000);
    writer.u32(sequence);
    writer.u32(acknowledgment);
    writer.u16(0x5018);  // 20 octets of header; ACK, PSH
    writer.u16(65535);
    writer.zeros(4);
  }
  writer.bytes(sent.octets);
  return packet;
}

void append(std::ofstream& file, const Bytes& octets) {
  file.write(reinterpret_cast<const char*>(octets.data()),
             static_cast<std::streamsize>(octets.size()));
}

}  // namespace

bool write_pcap(const std::string& path, const std::vector<Sent>& sent) {
  std::ofstream file(path, std::ios::binary);
  append(file, pcap_header());
  std::array<std::uint32_t, 2> sequence{1, 1};
  for (const Sent& item : sent) {
    std::uint32_t& ours = sequence[index(item.from)];
    const Bytes packet = ip_packet(item, ours, sequence[index(other(item.from))]);
    if (!item.gre) ours += static_cast<std::uint32_t>(item.octets.size());
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(item.when - Instant{});
    Bytes record(16);
    Writer writer(record);
    writer.u32(static_cast<std::uint32_t>(time.count() / 1'000'000));
    writer.u32(static_cast<std::uint32_t>(time.count() % 1'000'000));
    writer.u32(static_cast<std::uint32_t>(packet.size()));
    writer.u32(static_cast<std::uint32_t>(packet.size()));
    append(file, record);
    append(file, packet);
  }
  return static_cast<bool>(file);
}

}  // namespace upptpd::simulation
