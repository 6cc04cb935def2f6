#include "ip/coalescing.hpp"

#include <algorithm>
#include <utility>

namespace upptpd::ip {
namespace {

/// Of a packet for which the kernel has nothing to do.
constexpr std::array<std::uint8_t, VirtioNetHeader::kSize> kAsItIs{};

}  // namespace

Coalescer::Coalescer(std::size_t most_packets, bool joins_udp)
    : most_packets_(most_packets), joins_udp_(joins_udp) {
  open_.reserve(kOpenRuns);
  free_.reserve(kOpenRuns);
  for (PacketRun& run : runs_) free_.push_back(&run);
  writes_.reserve(most_packets);
  parts_.reserve(2 * most_packets);
  headers_.reserve(most_packets / 2);
}

std::span<const Coalescer::Write> Coalescer::coalesce(std::span<const Packet> packets) {
  check(packets.size() <= most_packets_);
  writes_.clear();
  parts_.clear();
  headers_.clear();
  for (const Packet& packet : packets) add(std::as_const(*packet).view());
  while (!open_.empty()) close(*open_.front());
  counters_.packets += packets.size();
  counters_.writes += writes_.size();
  return writes_;
}

void Coalescer::add(View packet) {
  const auto header = Ipv4Packet::parse(packet);
  if (!header) return write_alone(packet);
  const auto of_flow = FlowPacket::read(packet, *header);
  if (!of_flow) {
    close_all_between(header->source, header->destination);
    return write_alone(packet);
  }
  PacketRun* run = find_open(of_flow->flow);
  if (run != nullptr && run->takes(*of_flow)) {
    run->append(*of_flow);
    if (run->complete()) close(*run);
    return;
  }
  if (run != nullptr) close(*run);
  const bool may_join = of_flow->regular && (joins_udp_ || header->protocol != Ipv4Packet::kUdp);
  if (!may_join) return write_alone(packet);
  open(*of_flow);
}

PacketRun* Coalescer::find_open(const Flow& flow) {
  const auto found = std::find_if(open_.begin(), open_.end(),
                                  [&](const PacketRun* run) { return run->first().flow == flow; });
  return found != open_.end() ? *found : nullptr;
}

void Coalescer::open(const FlowPacket& first) {
  if (free_.empty()) close(*open_.front());
  PacketRun& run = *free_.back();
  free_.pop_back();
  open_.push_back(&run);
  run.begin(first);
  if (run.complete()) close(run);
}

void Coalescer::close(PacketRun& run) {
  std::erase(open_, &run);
  free_.push_back(&run);
  if (run.size() == 1) return write_alone(run.first().packet);
  write_run(run);
}

void Coalescer::close_all_between(Ipv4Address source, Ipv4Address destination) {
  for (std::size_t i = 0; i < open_.size();) {
    const Flow& flow = open_[i]->first().flow;
    if (flow.source == source && flow.destination == destination) {
      close(*open_[i]);  // the next one is at its place then
    } else {
      ++i;
    }
  }
}

void Coalescer::write_alone(View packet) {
  const std::size_t begin = parts_.size();
  parts_.emplace_back(kAsItIs);
  parts_.push_back(packet);
  writes_.push_back({std::span(parts_).subspan(begin), 1});
}

void Coalescer::write_run(const PacketRun& run) {
  const std::size_t begin = parts_.size();
  auto& headers = headers_.emplace_back();
  parts_.push_back(View(headers).first(run.write_headers(headers)));
  const auto payloads = run.payloads();
  parts_.insert(parts_.end(), payloads.begin(), payloads.end());
  writes_.push_back({std::span(parts_).subspan(begin), run.size()});
}

}  // namespace upptpd::ip
