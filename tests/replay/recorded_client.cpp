#include "recorded_client.hpp"

#include <algorithm>

#include "control/messages.hpp"
#include "core/reader.hpp"
#include "core/writer.hpp"
#include "ppp/frame.hpp"

namespace upptpd::replay {
namespace {

using ppp::Code;
using ppp::ControlPacket;
using ppp::Protocol;

// CHAP's codes (RFC 1994 section 4).
constexpr auto kChallenge = static_cast<Code>(1);
constexpr auto kSuccess = static_cast<Code>(3);
constexpr auto kFailure = static_cast<Code>(4);

std::string as_text(View data) { return {data.begin(), data.end()}; }

/// The header that the recorded client put before this protocol, or would have.
Bytes header_for(const Recording& recording, Protocol protocol) {
  for (const RecordedPacket& packet : recording.packets) {
    if (packet.from_client && packet.protocol == protocol) return packet.header;
  }
  const auto number = static_cast<std::uint16_t>(protocol);
  Bytes header{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  if (protocol == Protocol::lcp) header.insert(header.begin(), {0xff, 0x03});
  return header;
}

}  // namespace

RecordedClient::RecordedClient(const Recording& recording)
    : recording_(recording), login_(find_login(recording)) {
  for (const RecordedPacket& packet : recording.packets) {
    if (!packet.from_client || packet.code() != Code::configure_request) continue;
    const Protocol protocol = packet.protocol;
    if (protocol != Protocol::ipv6cp && protocol != Protocol::ccp && protocol != Protocol::ipcp) {
      continue;
    }
    if (std::ranges::count(after_login_, protocol) == 0) after_login_.push_back(protocol);
  }
  for (const Protocol protocol : {Protocol::lcp, Protocol::ipv6cp, Protocol::ccp, Protocol::ipcp}) {
    protocols_.emplace(protocol, RecordedProtocol(recording, protocol));
  }
  const auto first = std::ranges::find(recording.packets, true, &RecordedPacket::from_client);
  if (first != recording.packets.end()) next_sequence_ = gre::SequenceNumber(first->sequence);
}

void RecordedClient::start() { outputs_.push(SendControl{recording_.start_request}); }

void RecordedClient::receive_control(View message, Instant now) {
  const auto parsed = control::parse(message);
  if (!parsed) return complain("a control message is malformed");
  if (const auto* started = std::get_if<control::StartControlConnectionReply>(&*parsed)) {
    if (started->result != control::StartResult::success) return complain("SCCRP refuses");
    if (!std::exchange(call_requested_, true)) outputs_.push(SendControl{recording_.call_request});
  } else if (const auto* reply = std::get_if<control::OutgoingCallReply>(&*parsed)) {
    if (reply->result != control::OutgoingCallResult::connected) return complain("OCRP refuses");
    if (reply->peer_call_id.value() != recording_.client_call_id.value()) {
      return complain("OCRP names another call");
    }
    server_call_id_ = reply->call_id.value();
    if (!recording_.link_info.empty()) send_link_info(recording_.link_info.front());
    ppp_start_.start(now + recording_.ppp_start);
  }
}

void RecordedClient::send_link_info(const Bytes& recorded) {
  Bytes message = recorded;
  Writer(MutableView(message).subspan(control::kHeaderLength)).u16(server_call_id_.value_or(0));
  outputs_.push(SendControl{message});
}

void RecordedClient::advance(Instant now) {
  if (!ppp_start_.expire(now)) return;
  ppp_runs_ = true;
  RecordedProtocol& lcp = protocols_.at(Protocol::lcp);
  if (lcp.has_requests()) send_packet(Protocol::lcp, lcp.start());
}

void RecordedClient::receive_gre(View packet, Instant /*now*/) {
  const auto header = gre::parse(packet);
  if (!header) return complain("a GRE packet is malformed");
  if (header->call_id != recording_.client_call_id.value()) {
    return complain("a GRE packet names another call");
  }
  if (!header->sequence) return;
  acknowledge_ = header->sequence;
  if (!ppp_runs_) return;
  const View frame = packet.subspan(header->size(), header->payload_length);
  const auto frame_header = ppp::parse_frame_header(frame);
  if (!frame_header) return complain("a PPP frame is malformed");
  receive_frame(frame_header->protocol, frame.subspan(frame_header->size));
}

void RecordedClient::receive_frame(Protocol protocol, View packet) {
  if (protocol == Protocol::compressed) {
    ++progress_.data_frames_received;
    return;
  }
  const auto parsed = ControlPacket::parse(packet);
  if (!parsed) return complain("a PPP control packet is malformed");
  if (protocol == Protocol::lcp) {
    receive_lcp(*parsed);
  } else if (protocol == Protocol::chap) {
    receive_chap(*parsed);
  } else if (protocols_.contains(protocol)) {
    negotiate(protocol, *parsed);
  }
}

void RecordedClient::receive_lcp(const ControlPacket& packet) {
  if (packet.code == Code::echo_request) {
    Bytes reply = ControlPacket{Code::echo_reply, packet.identifier, packet.data}.serialise();
    // The data begin with the sender's magic number.
    const auto recorded = std::ranges::find_if(recording_.packets, [](const RecordedPacket& p) {
      return p.from_client && p.protocol == Protocol::lcp && p.code() == Code::echo_reply;
    });
    if (recorded != recording_.packets.end() && recorded->data().size() == packet.data.size()) {
      reply = ControlPacket{Code::echo_reply, packet.identifier, recorded->data()}.serialise();
    }
    return send_packet(Protocol::lcp, reply);
  }
  if (packet.code == Code::terminate_request) {
    return send_packet(Protocol::lcp,
                       ControlPacket{Code::terminate_ack, packet.identifier, {}}.serialise());
  }
  negotiate(Protocol::lcp, packet);
  if (protocols_.at(Protocol::lcp).opened() && !std::exchange(lcp_opened_, true)) lcp_opened();
}

void RecordedClient::lcp_opened() {
  for (std::size_t i = 1; i < recording_.link_info.size(); ++i) {
    send_link_info(recording_.link_info[i]);
  }
  for (const RecordedPacket& packet : recording_.packets) {
    const bool says_who = packet.from_client && packet.protocol == Protocol::lcp &&
                          packet.code() == Code::identification;
    if (says_who) send_frame(packet.header, packet.packet);
  }
}

void RecordedClient::receive_chap(const ControlPacket& packet) {
  if (packet.code == kChallenge) {
    Reader reader(packet.data);
    const View value = reader.bytes(reader.u8());
    if (!std::ranges::equal(value, login_.challenge)) {
      return complain("the challenge is not the recorded one");
    }
    if (login_.response == nullptr) return;
    Bytes response = login_.response->packet;
    response[1] = packet.identifier;
    send_frame(login_.response->header, response);
  } else if (packet.code == kSuccess) {
    progress_.success = as_text(packet.data);
    if (!std::exchange(logged_in_, true)) logged_in();
  } else if (packet.code == kFailure) {
    progress_.failure = as_text(packet.data);
  }
}

void RecordedClient::logged_in() {
  for (const Protocol protocol : after_login_) {
    RecordedProtocol& machine = protocols_.at(protocol);
    if (!machine.waits_for_ccp()) send_packet(protocol, machine.start());
  }
}

void RecordedClient::negotiate(Protocol protocol, const ControlPacket& packet) {
  for (const Bytes& answer : protocols_.at(protocol).receive(packet)) {
    send_packet(protocol, answer);
  }
  layers_changed();
}

void RecordedClient::layers_changed() {
  RecordedProtocol& ipcp = protocols_.at(Protocol::ipcp);
  if (!logged_in_ || !protocols_.at(Protocol::ccp).opened()) return;
  if (ipcp.has_requests() && !ipcp.started()) send_packet(Protocol::ipcp, ipcp.start());
  if (ipcp.opened() && !std::exchange(progress_.data_sent, true)) send_data();
}

void RecordedClient::send_data() {
  for (const RecordedPacket* packet : find_data(recording_, true)) {
    send_frame(packet->header, packet->packet);
  }
}

void RecordedClient::send_packet(Protocol protocol, View packet) {
  send_frame(header_for(recording_, protocol), packet);
}

void RecordedClient::send_frame(View header, View packet) {
  gre::Header outer;
  outer.call_id = server_call_id_.value_or(0);
  outer.payload_length = static_cast<std::uint16_t>(header.size() + packet.size());
  outer.sequence = next_sequence_;
  outer.acknowledgment = std::exchange(acknowledge_, {});
  next_sequence_ = next_sequence_.next();
  Bytes octets(outer.size());
  gre::serialise(outer, octets);
  octets.insert(octets.end(), header.begin(), header.end());
  octets.insert(octets.end(), packet.begin(), packet.end());
  outputs_.push(SendGre{std::move(octets)});
}

void RecordedClient::complain(const std::string& sentence) {
  if (progress_.complaint.empty()) progress_.complaint = sentence;
}

unsigned RecordedClient::rebuilt_requests() const {
  unsigned sum = 0;
  for (const auto& [number, protocol] : protocols_) sum += protocol.rebuilt();
  return sum;
}

bool RecordedClient::disturbed() const {
  return std::ranges::any_of(protocols_,
                             [](const auto& entry) { return entry.second.disturbed() > 0; });
}

std::string RecordedClient::describe() const {
  if (!server_call_id_) return "no call was granted";
  if (!lcp_opened_) return "LCP did not open";
  if (progress_.failure) return "the login was refused: " + *progress_.failure;
  if (!logged_in_) return "the login got no answer";
  if (!protocols_.at(Protocol::ccp).opened()) return "CCP did not open";
  if (!protocols_.at(Protocol::ipcp).opened()) return "IPCP did not open";
  if (disturbed()) return "an open protocol was asked to configure again";
  return "all was agreed on";
}

}  // namespace upptpd::replay
