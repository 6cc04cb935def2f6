#include "recording.hpp"

#include <algorithm>

namespace upptpd::replay {
namespace {

using ppp::Code;
using ppp::Protocol;

// Option types, by protocol.
constexpr std::uint8_t kLcpMagicNumber = 5;
constexpr std::uint8_t kIpcpCompression = 2;
constexpr std::uint8_t kIpcpAddress = 3;
constexpr std::uint8_t kIpcpPrimaryDns = 129;
constexpr std::uint8_t kIpcpPrimaryWins = 130;
constexpr std::uint8_t kIpcpSecondaryDns = 131;
constexpr std::uint8_t kIpcpSecondaryWins = 132;

void take_address(ppp::IpAssignment& assignment, const ppp::Option& option) {
  const auto value = option.as_u32();
  if (!value || *value == 0) return;
  const Ipv4Address address(*value);
  switch (option.type) {
    case kIpcpAddress:
      assignment.client = address;
      break;
    case kIpcpPrimaryDns:
      assignment.dns[0] = address;
      break;
    case kIpcpSecondaryDns:
      assignment.dns[1] = address;
      break;
    case kIpcpPrimaryWins:
      assignment.wins[0] = address;
      break;
    case kIpcpSecondaryWins:
      assignment.wins[1] = address;
      break;
    default:
      break;
  }
}

}  // namespace

View RecordedPacket::data() const {
  const auto parsed = ppp::ControlPacket::parse(packet);
  return parsed ? parsed->data : View();
}

bool RecordedPacket::intact() const {
  const auto parsed = ppp::ControlPacket::parse(packet);
  return parsed && ppp::parse_options(parsed->data);
}

std::vector<ppp::Option> RecordedPacket::options() const {
  return ppp::parse_options(data()).value_or(std::vector<ppp::Option>{});
}

bool any_packet(const Recording& recording, bool from_client, Protocol protocol,
                std::optional<Code> code) {
  return std::any_of(recording.packets.begin(), recording.packets.end(),
                     [&](const RecordedPacket& packet) {
                       return packet.from_client == from_client && packet.protocol == protocol &&
                              (!code || packet.code() == *code);
                     });
}

ppp::IpAssignment find_assignment(const Recording& recording) {
  ppp::IpAssignment assignment;
  const auto take = [&](const ppp::Option& option) { take_address(assignment, option); };
  each_option(recording, false, Protocol::ipcp, Code::configure_nak, take);
  each_option(recording, false, Protocol::ipcp, Code::configure_ack, take);
  each_option(recording, false, Protocol::ipcp, Code::configure_request,
              [&](const ppp::Option& option) {
                if (option.type == kIpcpAddress) {
                  assignment.local = Ipv4Address(option.as_u32().value_or(0));
                }
              });
  if (assignment.client.is_unspecified()) assignment.client = Ipv4Address(0xc0000202);
  if (assignment.local.is_unspecified()) assignment.local = Ipv4Address(0xc0000201);
  return assignment;
}

std::optional<std::uint32_t> find_magic(const Recording& recording) {
  std::optional<std::uint32_t> magic;
  each_option(recording, false, Protocol::lcp, Code::configure_request,
              [&](const ppp::Option& option) {
                if (option.type == kLcpMagicNumber) magic = option.as_u32();
              });
  return magic;
}

bool server_accepted_vj(const Recording& recording) {
  bool accepted = false;
  each_option(
      recording, false, Protocol::ipcp, Code::configure_ack,
      [&](const ppp::Option& option) { accepted = accepted || option.type == kIpcpCompression; });
  return accepted;
}

std::vector<const RecordedPacket*> find_data(const Recording& recording, bool from_client) {
  std::vector<const RecordedPacket*> data;
  for (const RecordedPacket& packet : recording.packets) {
    const bool negotiates =
        (packet.protocol == Protocol::ccp || packet.protocol == Protocol::lcp) &&
        packet.code() == Code::configure_request;
    if (negotiates && !data.empty()) break;
    if (packet.from_client == from_client && ppp::is_network_data(packet.protocol)) {
      data.push_back(&packet);
    }
  }
  if (data.empty()) return data;
  const std::uint32_t first = data.front()->sequence;
  std::stable_sort(data.begin(), data.end(), [&](const RecordedPacket* a, const RecordedPacket* b) {
    return static_cast<std::int32_t>(a->sequence - first) <
           static_cast<std::int32_t>(b->sequence - first);
  });
  return data;
}

}  // namespace upptpd::replay
