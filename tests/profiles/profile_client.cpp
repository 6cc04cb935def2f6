#include "profile_client.hpp"

#include <algorithm>

#include "core/queue.hpp"

namespace upptpd::profiles {
namespace {

using namespace control;

/// [capture 1] From the Terminate-Ack to the Call-Clear-Request.
constexpr Duration kBeforeClear = std::chrono::milliseconds(28);
constexpr std::uint32_t kEscapeAll = 0xffffffff;

}  // namespace

ProfileClient::ProfileClient(const crypto::Library& library, Profile profile)
    : library_(library),
      profile_(std::move(profile)),
      next_sequence_(profile_.tunnel.first_sequence) {
  Bytes octets = serialise(profile_.control.start);
  const std::size_t vendor = octets.size() - kNameLength;
  const std::size_t junk_at = vendor + profile_.control.start.vendor_name.size() + 1;
  const std::string& junk = profile_.control.junk;
  std::copy_n(junk.begin(), std::min(junk.size(), octets.size() - junk_at),
              octets.begin() + static_cast<std::ptrdiff_t>(junk_at));
  outputs_.push(SendControl{std::move(octets)});
}

void ProfileClient::send(const Message& message) {
  if (!silent_ && !closed_) outputs_.push(SendControl{serialise(message)});
}

void ProfileClient::send_link_info(std::uint32_t send_accm) {
  if (profile_.control.sends_link_info) send(SetLinkInfo{server_call_id_, send_accm, kEscapeAll});
}

void ProfileClient::receive_control(View octets, Instant now) {
  while (!silent_ && !closed_) {
    const auto item = stream_.next(octets);
    if (!item) break;
    if (const auto* message = std::get_if<Message>(&*item)) {
      handle(*message, now);
    } else {
      flaws_.emplace_back("a control message that it does not understand");
    }
  }
  drain(now);
}

void ProfileClient::handle(const Message& message, Instant now) {
  std::visit(
      Overloaded{
          [&](const StartControlConnectionReply& reply) {
            if (reply.result != StartResult::success) return close();
            call_timer_.start(now + profile_.control.before_call);
          },
          [&](const OutgoingCallReply& reply) {
            if (reply.result != OutgoingCallResult::connected) return close();
            if (reply.peer_call_id.value() != profile_.control.call.call_id.value()) {
              flaws_.emplace_back("an answer to another call");
            }
            server_call_id_ = ReceiverCallId(reply.call_id.value());
            link_.emplace(library_, profile_, now);
          },
          [&](const EchoRequest& request) { send(EchoReply{.identifier = request.identifier}); },
          [&](const CallDisconnectNotify&) {
            clear_timer_.stop();
            if (profile_.end == End::pptp_linux) return close();
            send(StopControlConnectionRequest{});
          },
          [&](const StopControlConnectionReply&) {
            ended_in_order_ = true;
            close();
          },
          [&](const StopControlConnectionRequest&) {
            send(StopControlConnectionReply{});
            close();
          },
          [&](const auto&) { flaws_.emplace_back("a control message of the wrong side"); },
      },
      message);
}

void ProfileClient::receive_gre(View packet, Instant now) {
  if (silent_ || !link_) return;
  const auto header = gre::parse(packet);
  if (!header || header->call_id != profile_.control.call.call_id.value()) {
    flaws_.emplace_back("a GRE packet of another call");
    return;
  }
  if (!header->sequence) return;
  // RFC 2637 section 4.3: a packet whose turn is over is thrown away.
  if (highest_received_ && !header->sequence->is_after(*highest_received_)) return;
  highest_received_ = *header->sequence;
  owes_acknowledgment_ = true;
  if (!acknowledgment_timer_.running()) {
    acknowledgment_timer_.start(now + profile_.tunnel.acknowledgment);
  }
  link_->receive(packet.subspan(header->size(), header->payload_length), now);
  drain(now);
}

void ProfileClient::control_closed() { closed_ = true; }

void ProfileClient::advance(Instant now) {
  if (call_timer_.expire(now)) send(profile_.control.call);
  if (clear_timer_.expire(now)) send(CallClearRequest{profile_.control.call.call_id});
  if (acknowledgment_timer_.expire(now) && owes_acknowledgment_) acknowledge();
  if (link_ && !silent_) link_->advance(now);
  drain(now);
}

Deadline ProfileClient::deadline() const {
  if (silent_ || closed_) return {};
  const Deadline own = earlier(earlier(call_timer_.deadline(), clear_timer_.deadline()),
                               acknowledgment_timer_.deadline());
  return link_ ? earlier(own, link_->deadline()) : own;
}

void ProfileClient::hang_up(Instant now) {
  if (profile_.end == End::silence) {
    silent_ = true;
  } else if (profile_.end == End::reset) {
    close();
    silent_ = true;
  } else if (link_) {
    link_->hang_up(0, now);
  }
  drain(now);
}

void ProfileClient::send_ip(View packet, Instant now) {
  link_->send_ip(packet);
  drain(now);
}

void ProfileClient::drain(Instant now) {
  while (link_) {
    const auto output = link_->next_output();
    if (!output) return;
    std::visit(Overloaded{
                   [&](const ClientLink::Frame& frame) { wrap(frame.octets); },
                   [&](const ClientLink::EngineStarted&) { send_link_info(kEscapeAll); },
                   [&](const ClientLink::LcpOpened&) { send_link_info(0); },
                   [&](const ClientLink::Ending&) { send_link_info(kEscapeAll); },
                   [&](const ClientLink::Ended&) { link_over(now); },
               },
               *output);
  }
}

void ProfileClient::link_over(Instant now) {
  if (closed_) return;
  if (profile_.end != End::pptp_linux) return clear_timer_.start(now + kBeforeClear);
  send(CallClearRequest{profile_.control.call.call_id});
  ended_in_order_ = true;
  close();
}

void ProfileClient::close() {
  if (std::exchange(closed_, true)) return;
  outputs_.push(Close{});
}

void ProfileClient::wrap(View frame) {
  if (silent_ || closed_) return;
  gre::Header header;
  header.call_id = server_call_id_.value();
  header.payload_length = static_cast<std::uint16_t>(frame.size());
  header.sequence = gre::SequenceNumber(next_sequence_++);
  if (owes_acknowledgment_) header.acknowledgment = highest_received_;
  if (!anything_sent_ && !highest_received_ && profile_.tunnel.acknowledges_nothing_first) {
    header.acknowledgment = gre::SequenceNumber(0xffffffff);
  }
  anything_sent_ = true;
  owes_acknowledgment_ = false;
  acknowledgment_timer_.stop();
  Bytes packet(header.size());
  gre::serialise(header, packet);
  packet.insert(packet.end(), frame.begin(), frame.end());
  outputs_.push(SendGre{std::move(packet)});
}

void ProfileClient::acknowledge() {
  if (silent_ || closed_) return;
  gre::Header header;
  header.call_id = server_call_id_.value();
  header.acknowledgment = highest_received_;
  owes_acknowledgment_ = false;
  Bytes packet(header.size());
  gre::serialise(header, packet);
  outputs_.push(SendGre{std::move(packet)});
}

std::vector<std::string> ProfileClient::flaws() const {
  std::vector<std::string> all = flaws_;
  if (link_) all.insert(all.end(), link_->flaws().begin(), link_->flaws().end());
  return all;
}

}  // namespace upptpd::profiles
