#include "recorded_client.hpp"

#include <algorithm>

#include "auth/chap_codes.hpp"
#include "control/messages.hpp"
#include "core/reader.hpp"
#include "core/writer.hpp"
#include "ppp/frame.hpp"

namespace upptpd::replay {
namespace {

using ppp::Code;
using ppp::ControlPacket;
using ppp::Protocol;

// PAP's codes (RFC 1334 section 2.2).
constexpr auto kPapAck = static_cast<Code>(2);
constexpr auto kPapNak = static_cast<Code>(3);

/// Longer pauses between its data are no part of what a recorded client shows.
constexpr double kLongestPause = 0.1;

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

RecordedClient::RecordedClient(const crypto::Library& library, const Recording& recording,
                               std::optional<std::string> password)
    : library_(library),
      recording_(recording),
      login_(find_login(recording)),
      password_(std::move(password)),
      data_(find_data(recording, true)) {
  for (const RecordedPacket& packet : recording.packets) {
    const Code code = packet.from_client ? Code::configure_request : Code::configure_ack;
    if (packet.code() != code || !packet.intact()) continue;
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
  if (next_data_.expire(now)) send_data(now);
  if (!ppp_start_.expire(now)) return;
  ppp_runs_ = true;
  RecordedProtocol& lcp = protocols_.at(Protocol::lcp);
  if (lcp.has_requests()) send_packet(Protocol::lcp, lcp.start());
}

void RecordedClient::receive_gre(View packet, Instant now) {
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
  layers_changed(now);
}

void RecordedClient::receive_frame(Protocol protocol, View packet) {
  if (ppp::is_network_data(protocol)) {
    ++progress_.data_frames_received;
    return;
  }
  const auto parsed = ControlPacket::parse(packet);
  if (!parsed) return complain("a PPP control packet is malformed");
  if (reject(protocol, packet)) return;
  if (protocol == Protocol::lcp) {
    receive_lcp(*parsed);
  } else if (protocol == Protocol::chap || protocol == Protocol::pap) {
    receive_login(protocol, *parsed);
  } else if (protocol == Protocol::ccp && parsed->code == Code::reset_request) {
    receive_reset_request(*parsed);
  } else if (protocols_.contains(protocol)) {
    negotiate(protocol, *parsed);
  }
}

/// Whether the recorded client did not know this protocol, and said so.
bool RecordedClient::reject(Protocol protocol, View packet) {
  if (any_packet(recording_, true, protocol)) return false;
  const auto rejected = std::ranges::find_if(recording_.packets, [&](const RecordedPacket& p) {
    return p.from_client && p.protocol == Protocol::lcp && p.code() == Code::protocol_reject &&
           Reader(p.data()).u16() == static_cast<std::uint16_t>(protocol);
  });
  if (rejected == recording_.packets.end()) return false;
  Bytes data(2 + packet.size());
  Writer writer(data);
  writer.u16(static_cast<std::uint16_t>(protocol));
  writer.bytes(packet);
  send_packet(Protocol::lcp,
              ControlPacket{Code::protocol_reject, rejected->identifier(), data}.serialise());
  return true;
}

/// What of the recorded client's comes next has its flush in it.
void RecordedClient::receive_reset_request(const ControlPacket& packet) {
  ++progress_.reset_requests_received;
  if (!any_packet(recording_, true, Protocol::ccp, Code::reset_ack)) return;
  send_packet(Protocol::ccp, ControlPacket{Code::reset_ack, packet.identifier, {}}.serialise());
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
    progress_.terminated = true;
    send_packet(Protocol::lcp,
                ControlPacket{Code::terminate_ack, packet.identifier, {}}.serialise());
    return clear_call();
  }
  if (packet.code == Code::terminate_ack) return clear_call();
  if (packet.code == Code::protocol_reject) {
    const auto rejected = protocols_.find(static_cast<Protocol>(Reader(packet.data).u16()));
    if (rejected != protocols_.end()) rejected->second.give_up();
    return;
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
  log_in();
}

/// What is due once LCP is open, by the method that it agreed on.
void RecordedClient::log_in() {
  std::optional<View> method;
  const auto accepted = ppp::parse_options(protocols_.at(Protocol::lcp).accepted());
  for (const ppp::Option& option : accepted.value_or(std::vector<ppp::Option>{})) {
    if (option.type == kLcpAuthentication) method = option.data;
  }
  if (!method) {
    if (!std::exchange(logged_in_, true)) logged_in();
  } else if (ppp::from_option(*method) == ppp::AuthMethod::pap && login_.response != nullptr) {
    send_frame(login_.response->header, login_.response->packet);
  }
}

void RecordedClient::receive_login(Protocol protocol, const ControlPacket& packet) {
  const bool chap = protocol == Protocol::chap;
  if (chap && packet.code == auth::kChallenge) return receive_challenge(packet);
  if (packet.code == (chap ? auth::kSuccess : kPapAck)) {
    progress_.success = text_of_verdict(protocol, packet.data);
    if (!std::exchange(logged_in_, true)) logged_in();
  } else if (packet.code == (chap ? auth::kFailure : kPapNak)) {
    progress_.failure = text_of_verdict(protocol, packet.data);
  }
}

// MD5 hashes the identifier, which our server chooses: there the client has to answer anew.
void RecordedClient::receive_challenge(const ControlPacket& packet) {
  if (login_.response == nullptr) return;
  Reader reader(packet.data);
  const View value = reader.bytes(reader.u8());
  const bool md5 = login_.method == ppp::AuthMethod::chap_md5;
  if (!md5 && !std::ranges::equal(value, login_.challenge)) {
    return complain("the challenge is not the recorded one");
  }
  Bytes response = login_.response->packet;
  response[1] = packet.identifier;
  if (md5 && password_) {
    const auto answer = auth::chap_md5_response(library_, packet.identifier, *password_, value);
    constexpr std::size_t kBeforeValue = 5;  // the packet's header, and the value's size
    std::ranges::copy(answer, response.begin() + kBeforeValue);
  }
  send_frame(login_.response->header, response);
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
}

/// Whether the client knows how its data are to be encrypted, or that they are not.
bool RecordedClient::encryption_settled() const {
  const RecordedProtocol& ccp = protocols_.at(Protocol::ccp);
  return ccp.opened() || ccp.given_up() || !ccp.has_requests();
}

void RecordedClient::layers_changed(Instant now) {
  RecordedProtocol& ipcp = protocols_.at(Protocol::ipcp);
  if (!logged_in_ || !encryption_settled()) return;
  if (ipcp.has_requests() && !ipcp.started()) send_packet(Protocol::ipcp, ipcp.start());
  if (ipcp.opened() && !std::exchange(connected_, true)) send_data(now);
}

void RecordedClient::send_data(Instant now) {
  if (data_packets_sent_ < data_.size()) {
    const RecordedPacket& packet = *data_[data_packets_sent_++];
    send_frame(packet.header, packet.packet);
  }
  if (data_packets_sent_ == data_.size()) {
    progress_.data_sent = true;
    return;
  }
  const double pause = data_[data_packets_sent_]->time - data_[data_packets_sent_ - 1]->time;
  next_data_.start(now + std::chrono::duration_cast<Duration>(
                             std::chrono::duration<double>(std::clamp(pause, 0.0, kLongestPause))));
}

/// PPP is over: the control connection is told, if the recorded client did so.
void RecordedClient::clear_call() {
  const auto message = std::ranges::find(recording_.endings, true, &CapturedItem::from_client);
  if (message != recording_.endings.end()) outputs_.push(SendControl{message->octets});
}

void RecordedClient::end(const RecordedEnd& end) {
  if (end.way == RecordedEnd::Way::client_terminates) {
    send_packet(Protocol::lcp, end.packet);
  } else {
    outputs_.push(SendControl{end.packet});
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
  if (!encryption_settled()) return "CCP did not open";
  if (!protocols_.at(Protocol::ipcp).opened()) return "IPCP did not open";
  if (disturbed()) return "an open protocol was asked to configure again";
  return "all was agreed on";
}

}  // namespace upptpd::replay
