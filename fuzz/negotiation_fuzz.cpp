// The negotiations of LCP, CCP and IPCP, each side of them: with a peer who says anything at any
// time, and with our own other side over a network that loses packets.
#include <algorithm>
#include <deque>
#include <functional>
#include <memory>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "ppp/ccp.hpp"
#include "ppp/control_protocol.hpp"
#include "ppp/ipcp.hpp"
#include "ppp/ipcp_client.hpp"
#include "ppp/lcp.hpp"
#include "ppp/option.hpp"
#include "support/random_sources.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::ppp;

constexpr Ipv4Address kServer(0x0a000001);
constexpr Ipv4Address kClient(0x0a000002);

/// One end, held to what every end of every protocol promises.
class Side {
 public:
  /// `check_agreement` looks at what was agreed on, whenever the layer comes up.
  Side(std::unique_ptr<Negotiation> negotiation, std::function<void()> check_agreement)
      : negotiation_(std::move(negotiation)),
        check_agreement_(std::move(check_agreement)),
        protocol_(*negotiation_, RestartPolicy{}) {}

  ControlProtocol& protocol() { return protocol_; }

  /// What it has sent, after an input.
  std::vector<Bytes> drain(Instant now) {
    std::vector<Bytes> sent;
    unsigned outputs = 0;
    while (const auto output = protocol_.next_output()) {
      check(++outputs < 16);  // one input causes a bounded number of them
      if (const auto* packet = std::get_if<ControlProtocol::Send>(&*output)) {
        note(packet->packet);
        sent.push_back(packet->packet);
      }
      if (std::holds_alternative<ControlProtocol::LayerUp>(*output)) {
        check(!std::exchange(up_, true));
        check_agreement_();
      }
      if (std::holds_alternative<ControlProtocol::LayerDown>(*output)) {
        check(std::exchange(up_, false));
      }
      if (std::holds_alternative<ControlProtocol::Finished>(*output)) check(!up_);
    }
    check(up_ == protocol_.opened());
    check(!protocol_.deadline() || *protocol_.deadline() > now);
    return sent;
  }

  /// Its last request, and the identifier of that.
  [[nodiscard]] const Bytes& last_request() const { return last_request_; }
  [[nodiscard]] std::uint8_t last_identifier() const { return last_request_[1]; }

 private:
  void note(const Bytes& sent) {
    const auto packet = ControlPacket::parse(sent);
    check(packet.has_value() && sent.size() < 2048);
    if (packet->code <= Code::configure_reject) check(parse_options(packet->data).has_value());
    if (packet->code == Code::configure_request) last_request_ = sent;
  }

  std::unique_ptr<Negotiation> negotiation_;
  std::function<void()> check_agreement_;
  ControlProtocol protocol_;
  bool up_ = false;
  Bytes last_request_ = Bytes(4);
};

// --- The protocols

void check_allowed(const EncryptionPolicy& policy, std::uint32_t mode) {
  const std::uint32_t strength = mode & MppeBits::kStrengths;
  check(strength != 0 && (strength & (strength - 1)) == 0);
  check((strength & ~policy.strengths) == 0);
  check(policy.stateful || (mode & MppeBits::kStateless) != 0);
  check((mode & ~(MppeBits::kStrengths | MppeBits::kStateless)) == 0);
}

/// Any but "off", where CCP is not spoken at all.
EncryptionPolicy policy_of(std::uint8_t choice) {
  EncryptionPolicy policy;
  policy.requirement = static_cast<EncryptionPolicy::Requirement>(choice % 3);
  policy.strengths = choice * 2U & MppeBits::kStrengths;
  if (policy.strengths == 0) policy.strengths = MppeBits::k128;
  policy.stateful = choice % 8 >= 4;
  return policy;
}

std::unique_ptr<Side> ccp_side(std::uint8_t choice) {
  const EncryptionPolicy policy = policy_of(choice);
  auto negotiation = std::make_unique<CcpNegotiation>(policy);
  return std::make_unique<Side>(std::move(negotiation), [policy, &ccp = *negotiation] {
    const auto modes = ccp.agreed();
    if (!modes) return;
    check_allowed(policy, modes->to_peer);
    check_allowed(policy, modes->from_peer);
  });
}

std::unique_ptr<Side> lcp_side(std::uint8_t choice, bool client, RandomSource& random) {
  LcpSettings settings;
  settings.mru = choice % 2 == 0 ? 1400 : 1500;
  if (client) {
    settings.peer_may_log_in_by = {};
    settings.we_log_in_by = AuthMethod::ms_chap_v2;
  } else if (choice % 4 >= 2) {
    settings.peer_may_log_in_by = {kAuthMethods.begin(),
                                   kAuthMethods.begin() + 1 + choice / 4 % kAuthMethods.size()};
  }
  const auto methods = settings.peer_may_log_in_by;
  auto negotiation = std::make_unique<LcpNegotiation>(std::move(settings), random);
  return std::make_unique<Side>(std::move(negotiation), [methods, &lcp = *negotiation] {
    const LinkOptions& agreed = lcp.agreed();
    check(agreed.peer_mru >= 128);
    check(methods.empty() ? agreed.peer_logs_in_by == AuthMethod::none
                          : std::ranges::count(methods, agreed.peer_logs_in_by) == 1);
    check(!agreed.we_log_in || methods.empty());
    while (lcp.next_notice()) {
    }
  });
}

std::unique_ptr<Side> ipcp_side(std::uint8_t choice, bool client) {
  if (client) {
    auto negotiation = std::make_unique<IpcpClientNegotiation>();
    return std::make_unique<Side>(std::move(negotiation), [&ipcp = *negotiation] {
      if (const auto agreed = ipcp.agreed()) check(agreed->client.is_host());
    });
  }
  IpAssignment assignment;
  assignment.local = kServer;
  assignment.client = kClient;
  if (choice % 2 != 0) assignment.dns[0] = Ipv4Address(0x0a000035);
  if (choice % 4 >= 2) assignment.wins[1] = Ipv4Address(0x0a00003c);
  auto negotiation = std::make_unique<IpcpNegotiation>(assignment);
  return std::make_unique<Side>(std::move(negotiation), [&ipcp = *negotiation] {
    const auto agreed = ipcp.agreed();
    check(!agreed || agreed->client == kClient);
  });
}

std::unique_ptr<Side> side(std::uint8_t kind, std::uint8_t choice, bool client,
                           RandomSource& random) {
  if (kind % 3 == 0) return lcp_side(choice, client, random);
  return kind % 3 == 1 ? ccp_side(choice) : ipcp_side(choice, client);
}

// --- A peer who says anything

class AnyPeer {
 public:
  explicit AnyPeer(std::unique_ptr<Side> side) : side_(std::move(side)) {}

  void run(Reader script) {
    protocol().open(now_);
    side_->drain(now_);
    while (script.left() > 0) {
      const std::uint8_t what = script.u8();
      if (what % 8 == 0) {
        now_ += std::chrono::milliseconds(64 * what);
        protocol().advance(now_);
      } else if (what % 64 == 1) {
        protocol().peer_came_up(now_);
      } else if (what % 64 == 2) {
        protocol().protocol_rejected(now_);
      } else if (what % 64 == 3) {
        protocol().peer_went_on();
      } else {
        receive(script, what);
      }
      side_->drain(now_);
    }
    end();
  }

 private:
  ControlProtocol& protocol() { return side_->protocol(); }

  /// Often what an honest peer would say: an answer to the last request, with its own length.
  void receive(Reader& script, std::uint8_t what) {
    const View body = script.bytes(std::min<std::size_t>(script.u8(), script.left()));
    if (what % 4 == 3) return protocol().receive(body, now_);
    const std::uint8_t code = what / 8 % 16;
    ControlPacket packet{static_cast<Code>(code), what, body};
    if (code >= 2 && code <= 4) packet.identifier = side_->last_identifier();
    if (code == 2 && body.empty()) packet.data = View(side_->last_request()).subspan(4);
    const Bytes octets = packet.serialise();
    protocol().receive(octets, now_);
  }

  /// However it stands: closed, it comes to rest.
  void end() {
    protocol().close(now_);
    side_->drain(now_);
    for (int rounds = 0; protocol().deadline(); ++rounds) {
      check(rounds < 4);
      now_ = *protocol().deadline();
      protocol().advance(now_);
      side_->drain(now_);
    }
    check(!protocol().opened());
  }

  std::unique_ptr<Side> side_;
  Instant now_;
};

// --- Both our sides

class Pair {
 public:
  Pair(std::unique_ptr<Side> server, std::unique_ptr<Side> client)
      : sides_{std::move(server), std::move(client)} {}

  void run(Reader script) {
    for (const auto& side : sides_) side->protocol().open(now_);
    collect();
    while (script.left() > 0) {
      const std::uint8_t what = script.u8();
      auto& queue = queues_[what & 1];
      if ((what & 6) == 6) {
        advance(std::chrono::milliseconds(32 * (what >> 3)));
      } else if ((what & 6) == 4) {
        if (!queue.empty()) queue.pop_front();  // lost
      } else {
        deliver(what & 1);
      }
      collect();
    }
    settle();
  }

 private:
  void deliver(std::size_t to) {
    if (queues_[to].empty()) return;
    const Bytes packet = std::move(queues_[to].front());
    queues_[to].pop_front();
    sides_[to]->protocol().receive(packet, now_);
    collect();
  }

  void advance(Duration time) {
    now_ += time;
    for (const auto& side : sides_) side->protocol().advance(now_);
    collect();
  }

  void collect() {
    for (std::size_t from : {0U, 1U}) {
      for (Bytes& packet : sides_[from]->drain(now_))
        queues_[1 - from].push_back(std::move(packet));
    }
  }

  /// A network that loses nothing any more, and time: they come to rest.
  void settle() {
    for (int rounds = 0;; ++rounds) {
      check(rounds < 500);
      for (std::size_t to : {0U, 1U}) {
        if (!queues_[to].empty()) deliver(to);
      }
      if (!queues_[0].empty() || !queues_[1].empty()) continue;
      const Deadline next =
          earlier(sides_[0]->protocol().deadline(), sides_[1]->protocol().deadline());
      if (!next) return;
      advance(*next - now_);
    }
  }

  std::array<std::unique_ptr<Side>, 2> sides_;
  /// By whom they are for.
  std::array<std::deque<Bytes>, 2> queues_;
  Instant now_;
};

}  // namespace

/// An octet for the protocol and who is at the other end, one for each side's settings; then what
/// happens.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader script(View(data, std::min<std::size_t>(size, 4096)));
  const std::uint8_t kind = script.u8();
  const std::uint8_t ours = script.u8();
  const std::uint8_t theirs = script.u8();
  CountingRandom random;
  const bool both = kind % 2 != 0;
  const bool client = kind % 4 >= 2;
  if (both) {
    Pair(side(kind / 4, ours, false, random), side(kind / 4, theirs, true, random)).run(script);
  } else {
    AnyPeer(side(kind / 4, ours, client, random)).run(script);
  }
  return 0;
}
