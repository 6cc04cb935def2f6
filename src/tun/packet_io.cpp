#include "tun/packet_io.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "ip/segmentation.hpp"

namespace upptpd::tun {
namespace {

/// What a batch may grow to: a burst, and one that the kernel gave as one.
constexpr std::size_t kMostPackets = 2 * PacketIo::kBurst;

DropReason reason_for(ip::NotSegmentable why) {
  return why == ip::NotSegmentable::too_large ? DropReason::exceeds_peer_mru
                                              : DropReason::ip_malformed;
}

}  // namespace

PacketIo::PacketIo(net::GreSocket gre, TunDevice device, const Settings& settings,
                   DropCounters& drops)
    : pool_(settings.buffers),
      gre_(std::move(gre)),
      device_(std::move(device)),
      settings_(settings),
      drops_(drops) {
  if (device_.offload() == TunDevice::Offload::none) return;
  coalescer_.emplace(kMostPackets, device_.offload() == TunDevice::Offload::tcp_and_udp);
  super_packet_.resize(ip::VirtioNetHeader::kSize + TunDevice::kLargestPacket);
}

void PacketIo::receive_gre(PacketBatch& packets) {
  const std::size_t at_once = settings_.simple ? 1 : net::GreSocket::kBatch;
  for (std::size_t taken = 0; taken < kBurst;) {
    const std::size_t count = gre_.receive(pool_, packets, drops_, at_once);
    ++counters_.gre_in.calls;
    counters_.gre_in.packets += count;
    taken += count;
    if (count < at_once) return;
  }
}

bool PacketIo::read_tun(PacketBatch& packets) {
  const std::size_t enough = packets.size() + kBurst;
  while (packets.size() < enough) {
    const std::size_t before = packets.size();
    const auto read = coalescer_ ? read_offloaded(packets) : read_plain(packets);
    ++counters_.tun_in.calls;
    counters_.tun_in.packets += packets.size() - before;
    if (read == TunDevice::Read::gone) return false;
    if (read == TunDevice::Read::failed) {
      // No second try in this round: it may fail for long.
      drops_.add(DropReason::read_failed);
      return true;
    }
    if (read == TunDevice::Read::nothing) return true;
  }
  return true;
}

TunDevice::Read PacketIo::read_plain(PacketBatch& packets) {
  Packet packet = pool_.take();
  if (!packet) {
    // Taken away all the same, or we would be woken for it for ever.
    std::uint8_t octet = 0;
    View ignored;
    const auto read = device_.read(MutableView(&octet, 1), ignored);
    if (read == TunDevice::Read::packet) drops_.add(DropReason::no_buffer);
    return read;
  }
  const auto read = device_.read(*packet);
  if (read == TunDevice::Read::packet) packets.push_back(std::move(packet));
  return read;
}

TunDevice::Read PacketIo::read_offloaded(PacketBatch& packets) {
  View octets;
  const auto read = device_.read(super_packet_, octets);
  if (read != TunDevice::Read::packet) return read;
  const auto header = ip::VirtioNetHeader::parse(octets);
  if (!header) {
    drops_.add(DropReason::ip_malformed);
    return read;
  }
  const auto segmented = ip::segment(*header, octets.subspan(ip::VirtioNetHeader::kSize),
                                     settings_.mtu, pool_, packets);
  if (segmented) {
    drops_.add(DropReason::no_buffer, segmented->lost);
  } else {
    drops_.add(reason_for(segmented.error()));
  }
  return read;
}

void PacketIo::send_gre(PacketBatch& packets) {
  const std::size_t at_once = settings_.simple ? 1 : net::GreSocket::kBatch;
  counters_.gre_out.packets += packets.size();
  counters_.gre_out.calls += gre_.send(packets, drops_, at_once);
}

void PacketIo::write_tun(PacketBatch& packets) {
  counters_.tun_out.packets += packets.size();
  if (coalescer_) {
    write_offloaded(packets);
  } else {
    counters_.tun_out.calls += packets.size();
    for (const Packet& packet : packets) {
      if (!device_.write(packet->view())) drops_.add(DropReason::send_failed);
    }
  }
  packets.clear();
}

void PacketIo::write_offloaded(const PacketBatch& packets) {
  for (std::span<const Packet> rest(packets); !rest.empty();) {
    const auto part = rest.first(std::min(rest.size(), kMostPackets));
    for (const ip::Coalescer::Write& write : coalescer_->coalesce(part)) {
      ++counters_.tun_out.calls;
      if (!device_.write(write.parts)) drops_.add(DropReason::send_failed, write.packets);
    }
    rest = rest.subspan(part.size());
  }
}

}  // namespace upptpd::tun
