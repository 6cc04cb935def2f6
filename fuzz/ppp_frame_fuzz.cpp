// Arbitrary PPP frames, control packets and options; and arbitrary packets at arbitrary times into
// the negotiations of LCP, CCP and IPCP.
#include <algorithm>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "ppp/ccp.hpp"
#include "ppp/control_protocol.hpp"
#include "ppp/frame.hpp"
#include "ppp/ipcp.hpp"
#include "ppp/lcp.hpp"
#include "ppp/option.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::ppp;

class CountingRandom : public RandomSource {
 public:
  void fill(MutableView out) override {
    for (std::uint8_t& octet : out) octet = ++next_;
  }

 private:
  std::uint8_t next_ = 0;
};

/// What was understood can be written, and is understood again.
void check_round_trips(View input) {
  if (const auto header = parse_frame_header(input)) check(header->size <= input.size());
  if (const auto packet = ControlPacket::parse(input)) {
    const Bytes again = packet->serialise();
    check(std::ranges::equal(again, input.first(again.size())));
  }
  if (const auto options = parse_options(input)) {
    OptionList list;
    for (const Option& option : *options) list.add(option.type, option.data);
    check(std::ranges::equal(list.bytes(), input));
  }
}

/// A protocol with somebody at the other end who says anything.
class ProtocolUnderAttack {
 public:
  explicit ProtocolUnderAttack(Negotiation& negotiation)
      : protocol_(negotiation, RestartPolicy{}) {}

  void run(View script) {
    protocol_.open(now_);
    drain();
    Reader reader(script);
    while (reader.left() > 0) {
      const std::uint8_t what = reader.u8();
      if (what % 8 == 0) {
        pass_time(std::chrono::milliseconds(64 * what));
      } else if (what % 64 == 1) {
        protocol_.peer_came_up(now_);
      } else if (what % 64 == 2) {
        protocol_.protocol_rejected(now_);
      } else {
        receive(reader);
      }
      drain();
      check(!protocol_.deadline() || *protocol_.deadline() > now_);
    }
    end();
  }

 private:
  void receive(Reader& reader) {
    const View body = reader.bytes(std::min<std::size_t>(reader.u8(), reader.left()));
    Bytes packet(body.begin(), body.end());
    // Often what an honest peer would say: an answer to our last request, with its own length.
    if (packet.size() >= 4 && packet[3] % 2 == 0) {
      if (packet[0] >= 2 && packet[0] <= 4) packet[1] = last_identifier_;
      if (packet[0] == 2) packet = last_request_;
      if (packet.empty()) return;
      packet[0] = packet[0] == 1 && body[0] == 2 ? std::uint8_t{2} : packet[0];
      packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
      packet[3] = static_cast<std::uint8_t>(packet.size());
    }
    protocol_.receive(packet, now_);
  }

  void pass_time(Duration time) {
    now_ += time;
    protocol_.advance(now_);
  }

  void drain() {
    unsigned outputs = 0;
    while (const auto output = protocol_.next_output()) {
      check(++outputs < 16);  // one input causes a bounded number of them
      std::visit([this](const auto& what) { on(what); }, *output);
    }
    check(up_ == protocol_.opened());
  }

  void on(const ControlProtocol::Send& sent) {
    const auto packet = ControlPacket::parse(sent.packet);
    check(packet.has_value() && sent.packet.size() < 2048);
    if (packet->code <= Code::configure_reject) check(parse_options(packet->data).has_value());
    if (packet->code != Code::configure_request) return;
    last_identifier_ = packet->identifier;
    last_request_ = sent.packet;
  }
  void on(const ControlProtocol::LayerUp&) {
    check(!up_);
    up_ = true;
  }
  void on(const ControlProtocol::LayerDown&) {
    check(up_);
    up_ = false;
  }
  void on(const ControlProtocol::Finished&) { check(!up_); }
  void on(const ControlProtocol::TerminateRequested&) {}
  void on(const ControlProtocol::Dropped&) {}

  /// However it stands: closed, it comes to rest.
  void end() {
    protocol_.close(now_);
    drain();
    for (int rounds = 0; protocol_.deadline(); ++rounds) {
      check(rounds < 4);
      now_ = *protocol_.deadline();
      protocol_.advance(now_);
      drain();
    }
    check(!up_);
  }

  ControlProtocol protocol_;
  Instant now_;
  bool up_ = false;
  std::uint8_t last_identifier_ = 0;
  Bytes last_request_;
};

void attack_lcp(View script) {
  CountingRandom random;
  LcpNegotiation negotiation({.mru = 1400}, random);
  ProtocolUnderAttack(negotiation).run(script);
  check(negotiation.agreed().peer_mru >= 128);
  while (negotiation.next_notice()) {
  }
}

void check_allowed(const EncryptionPolicy& policy, std::uint32_t mode) {
  const std::uint32_t strength = mode & MppeBits::kStrengths;
  check(policy.requirement != EncryptionPolicy::Requirement::off);
  check(strength != 0 && (strength & (strength - 1)) == 0);
  check((strength & ~policy.strengths) == 0);
  check(policy.stateful || (mode & MppeBits::kStateless) != 0);
  check((mode & ~(MppeBits::kStrengths | MppeBits::kStateless)) == 0);
}

/// Nothing is agreed on that the policy does not allow, whatever the policy.
void attack_ccp(View script) {
  const std::uint8_t choice = script.empty() ? 0 : script.back();
  EncryptionPolicy policy;
  policy.requirement = static_cast<EncryptionPolicy::Requirement>(choice % 4);
  policy.strengths = choice * 2U & MppeBits::kStrengths;
  if (policy.strengths == 0) policy.strengths = MppeBits::k128;
  policy.stateful = choice % 8 >= 4;
  CcpNegotiation negotiation(policy);
  ProtocolUnderAttack(negotiation).run(script);
  if (const auto modes = negotiation.agreed()) {
    check_allowed(policy, modes->to_peer);
    check_allowed(policy, modes->from_peer);
  }
}

void attack_ipcp(View script) {
  IpAssignment assignment;
  assignment.local = Ipv4Address(0x0a000001);
  assignment.client = Ipv4Address(0x0a000002);
  assignment.dns[0] = Ipv4Address(0x0a000035);
  IpcpNegotiation negotiation(assignment);
  ProtocolUnderAttack(negotiation).run(script);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, std::min<std::size_t>(size, 4096));
  check_round_trips(input);
  attack_lcp(input);
  attack_ccp(input);
  attack_ipcp(input);
  return 0;
}
