// Arbitrary packets from the kernel through segmentation, and arbitrary batches to it through
// coalescing: nothing is read beyond its end, what is cut is right and all there, and each packet
// that goes in comes out once, in order, and the same when what it was joined to is cut again.
#include <algorithm>
#include <array>

#include "core/check.hpp"
#include "ip/checksum.hpp"
#include "ip/coalescing.hpp"
#include "ip/segmentation.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::ip;

constexpr std::size_t kMostPackets = 96;

PacketPool& pool() {
  static PacketPool stock(kMostPackets + PacketRun::kMostPackets);
  return stock;
}

/// Of what follows the IP header.
std::uint16_t transport_sum(View packet, const Ipv4Packet& header) {
  const View transport = header.payload(packet);
  return ones_complement_sum(transport,
                             pseudo_header_sum(header.source, header.destination, header.protocol,
                                               static_cast<std::uint16_t>(transport.size())));
}

std::optional<std::size_t> headers_size(View packet, const Ipv4Packet& header) {
  const auto size = transport_header_size(header.protocol, header.payload(packet));
  if (!size) return {};
  return header.header_length + *size;
}

/// Makes the checksums right, if there are any.
void repair(MutableView packet) {
  const auto header = Ipv4Packet::parse(packet);
  if (!header || !headers_size(packet, *header)) return;
  const MutableView network = packet.first(header->header_length);
  const MutableView transport = packet.subspan(header->header_length);
  set_u16(network, ipv4::kChecksum, 0);
  set_u16(network, ipv4::kChecksum, internet_checksum(network));
  const std::size_t field = checksum_offset(header->protocol);
  set_u16(transport, field, 0);
  set_u16(transport, field, static_cast<std::uint16_t>(~transport_sum(packet, *header)));
}

// --- From the kernel

void check_cut(View whole, const PacketBatch& packets, std::size_t lost, std::size_t gso_size) {
  const auto header = Ipv4Packet::parse(whole).value();
  whole = whole.first(header.total_length);
  const std::size_t headers = headers_size(whole, header).value();
  View rest = whole.subspan(headers);
  check(packets.size() + lost == std::max<std::size_t>(1, (rest.size() + gso_size - 1) / gso_size));
  auto identification = u16_at(whole, ipv4::kIdentification);
  for (const Packet& packet : packets) {
    const View cut = packet->view();
    const auto cut_header = Ipv4Packet::parse(cut).value();
    check(cut_header.total_length == cut.size());
    check(u16_at(cut, ipv4::kIdentification) == identification++);
    check(internet_checksum(cut.first(header.header_length)) == 0);
    check(transport_sum(cut, cut_header) == 0xffff);
    const View payload = cut.subspan(headers);
    check(payload.size() == std::min(gso_size, rest.size()));
    check(std::ranges::equal(payload, rest.first(payload.size())));
    rest = rest.subspan(payload.size());
  }
  check(lost > 0 || rest.empty());
}

void segment_and_check(Reader reader) {
  const std::size_t mtu = reader.u16();
  const auto header = VirtioNetHeader::parse(reader.bytes(VirtioNetHeader::kSize));
  if (!header) return;
  const View rest = reader.rest();
  const Bytes whole(rest.begin(), rest.end());
  PacketBatch packets;
  const auto result = segment(*header, whole, mtu, pool(), packets);
  check(packets.size() == (result ? result->packets : 0));
  for (const Packet& packet : packets) {
    check(packet->headroom() == PacketBuffer::kHeadroom && packet->size() <= mtu);
  }
  if (!result || packets.empty()) return;
  if (header->gso_type != VirtioNetHeader::kNoGso) {
    check_cut(whole, packets, result->lost, header->gso_size);
    return;
  }
  const View copy = packets[0]->view();
  const std::size_t field = std::size_t{header->checksum_start} + header->checksum_offset;
  for (std::size_t i = 0; i < copy.size(); ++i) {
    const bool partial = (header->flags & VirtioNetHeader::kNeedsChecksum) != 0;
    check(copy[i] == whole[i] || (partial && i - field < 2));
  }
}

// --- To the kernel

/// Makes packets of a few flows that go on, with something else about them now and then.
class Sender {
 public:
  explicit Sender(Reader script) : script_(script) {}

  [[nodiscard]] bool has_more() const { return script_.left() > 0; }

  Bytes next() {
    const std::uint8_t what = script_.u8();
    State& flow = flows_[what & 3];
    const bool is_tcp = (what & 4) != 0;
    if ((what & 8) != 0) flow.size = script_.u8() * std::size_t{6};
    Bytes packet(20 + (is_tcp ? 32 : 8) + flow.size, what);
    write_headers(packet, is_tcp, what & 1, flow);
    const bool changed = (what & 16) != 0;
    const std::size_t place = changed ? script_.u8() : 0;
    if (changed && place < packet.size()) packet[place] ^= script_.u8();
    if (!changed || (what & 32) == 0) repair(packet);
    if ((what & 64) != 0) packet.resize(script_.u8());
    flow.sequence += static_cast<std::uint32_t>(flow.size);
    if ((what & 128) == 0) ++flow.identification;
    return packet;
  }

 private:
  struct State {
    std::uint32_t sequence = 0xfffffff0;
    std::uint16_t identification = 0xfff0;
    std::size_t size = 500;
  };

  static void write_headers(MutableView packet, bool is_tcp, std::uint8_t port, const State& flow) {
    Writer writer(packet);
    writer.u16(0x4500);
    writer.u16(static_cast<std::uint16_t>(packet.size()));
    writer.u16(flow.identification);
    writer.u16(port == 0 ? 0x4000 : 0);  // may identifications mean nothing?
    writer.u8(64);
    writer.u8(is_tcp ? Ipv4Packet::kTcp : Ipv4Packet::kUdp);
    writer.u16(0);
    writer.u32(0x0a000002);
    writer.u32(0xc0000201);
    writer.u16(49152);
    writer.u16(port);
    if (!is_tcp) {
      writer.u16(static_cast<std::uint16_t>(packet.size() - 20));
      return writer.u16(0);
    }
    writer.u32(flow.sequence);
    writer.u32(1);
    writer.u16(0x8010);
    writer.u16(0xffff);
    writer.u32(0);
    writer.bytes(from_hex("0101080a 00001111 00002222"));
  }

  Reader script_;
  std::array<State, 4> flows_{};
};

/// Whether two packets must stay in order: those of one flow, and any two between the same
/// addresses if the ports of one are not known.
bool are_ordered(View one, View other) {
  const auto header = Ipv4Packet::parse(one);
  const auto other_header = Ipv4Packet::parse(other);
  if (!header || !other_header || header->source != other_header->source ||
      header->destination != other_header->destination) {
    return false;
  }
  const auto of_flow = FlowPacket::read(one, *header);
  const auto other_of_flow = FlowPacket::read(other, *other_header);
  return !of_flow || !other_of_flow || of_flow->flow == other_of_flow->flow;
}

/// Which of the packets a part of a write is from.
std::size_t origin(const PacketBatch& packets, View part) {
  const auto found = std::ranges::find_if(packets, [&](const Packet& packet) {
    const View view = std::as_const(*packet).view();
    return part.data() >= view.data() && part.data() <= view.data() + view.size() &&
           part.data() + part.size() == view.data() + view.size();
  });
  check(found != packets.end());
  return static_cast<std::size_t>(found - packets.begin());
}

/// Takes away what cutting may change: identifications that mean nothing, and which zero a checksum
/// is.
Bytes normal(View packet) {
  Bytes octets(packet.begin(), packet.end());
  const std::size_t checksum = 20 + checksum_offset(octets.at(9));
  if (u16_at(octets, checksum) == 0xffff) set_u16(octets, checksum, 0);
  set_u16(octets, ipv4::kChecksum, 0);
  if ((octets.at(ipv4::kFlags) & 0x40) != 0) set_u16(octets, ipv4::kIdentification, 0);
  return octets;
}

void check_run(const Coalescer::Write& write, const PacketBatch& sent) {
  check(write.packets <= PacketRun::kMostPackets && write.parts.size() == write.packets + 1);
  Bytes octets;
  for (const View part : write.parts) octets.insert(octets.end(), part.begin(), part.end());
  const auto header = VirtioNetHeader::parse(octets).value();
  PacketBatch packets;
  const auto result = segment(header, View(octets).subspan(VirtioNetHeader::kSize),
                              PacketBuffer::kRoom, pool(), packets);
  check(result && packets.size() == write.packets);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const View original = std::as_const(*sent[origin(sent, write.parts[i + 1])]).view();
    check(normal(packets[i]->view()) == normal(original));
  }
}

void coalesce_and_check(Reader script) {
  static Coalescer coalescer(kMostPackets, true);
  Sender sender(script);
  PacketBatch sent;
  while (sender.has_more() && sent.size() < kMostPackets) {
    const Bytes octets = sender.next();
    // As long as its own storage, so that the sanitizer sees a read beyond.
    if (const auto header = Ipv4Packet::parse(octets)) FlowPacket::read(octets, *header);
    sent.push_back(pool().take());
    check(sent.back()->assign(octets));
  }
  std::vector<std::size_t> order;
  for (const Coalescer::Write& write : coalescer.coalesce(sent)) {
    for (const View part : write.parts.subspan(1)) order.push_back(origin(sent, part));
    if (write.packets > 1) {
      check_run(write, sent);
      continue;
    }
    check(std::ranges::equal(write.parts[0], VirtioNetHeader{}.serialise()));
    check(write.parts.size() == 2 && write.parts[1].size() == sent[order.back()]->size());
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t k = i + 1; k < order.size(); ++k) {
      check(order[i] != order[k]);
      const View before = std::as_const(*sent[order[i]]).view();
      const View after = std::as_const(*sent[order[k]]).view();
      check(order[i] < order[k] || !are_ordered(before, after));
    }
  }
  check(order.size() == sent.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader(View(data, std::min<std::size_t>(size, 65536)));
  if (reader.u8() % 2 == 0) {
    segment_and_check(reader);
  } else {
    coalesce_and_check(reader);
  }
  return 0;
}
