// A whole call, past its login: a scripted client (tests/profiles) calls a session and is
// connected, and then the bytes say what becomes of each packet between them, what else the client
// says, encrypted as it should be, and when.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <optional>
#include <utility>

#include "call_policy.hpp"
#include "call_watch.hpp"
#include "core/check.hpp"
#include "hostile_wire.hpp"
#include "profiles/client_link.hpp"
#include "profiles/protocol_numbers.hpp"
#include "session/session.hpp"
#include "support/crypto_library.hpp"
#include "support/ip_packet.hpp"
#include "support/random_sources.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::session;

class CallUnderAttack {
 public:
  CallUnderAttack(const profiles::Profile& row, const CallPolicy& policy)
      : watch_(policy.rules.encryption),
        verifier_(library(), policy.rules),
        environment_{library(), random_, pool_, traffic_,
                     policy.cipher_batches ? &batches_ : nullptr},
        session_(policy.session_settings(row, verifier_.methods_worth_asking(users_)), environment_,
                 now_),
        client_(library(), row, now_),
        sends_link_info_(row.control.sends_link_info),
        sequence_(row.tunnel.first_sequence) {
    drain();
  }

  /// As far as an undisturbed client of this kind gets.
  void connect() {
    for (int steps = 0;
         steps < 200 && !watch_.finished() && !(watch_.connected() && client_.connected());
         ++steps) {
      wire_.empty() ? advance_to_deadline() : deliver(*wire_.next());
    }
    check_flaws();
  }

  void run(Reader script) {
    while (script.left() > 0 && !watch_.finished()) act(script);
    check_flaws();
    session_.hang_up(Cause::server_shut_down, now_);
    drain();
    // Whatever was said before: it ends.
    for (int rounds = 0; !watch_.finished(); ++rounds) {
      check(rounds < 100 && session_.deadline().has_value());
      advance_to(*session_.deadline());
    }
    // Nothing follows.
    check(!session_.deadline());
    send_down({});
    client_.send_control(profiles::kLcp, 5, 1, {});
    drain();
    while (const auto message = wire_.next()) deliver(*message);
    check(session_.finished() && !session_.next_output());
    check(pool_.available() + gre::ReceiveSequencer::kWindow >= pool_.capacity());
  }

 private:
  void act(Reader& script) {
    const std::uint8_t what = script.u8();
    if (what % 32 < 8) {
      for (int packets = what % 32; packets >= 0; --packets) deliver_next();
    } else if (what % 32 < 12) {
      disturb(what % 4, script);
    } else if (what % 32 < 14) {
      // What a good network has under way arrives before anybody asks again.
      if (!wire_.empty()) honest_ = false;
      what % 2 == 0 ? advance_to(now_ + std::chrono::milliseconds(64 * script.u8()))
                    : advance_to_deadline();
    } else if (what % 32 < 20) {
      say_encrypted(what % 32 - 14, script);
    } else if (what % 32 < 26) {
      say(what % 32 - 20, script);
    } else {
      act_as_owner(what % 32 - 26, script);
    }
    drain();
  }

  // --- The network

  void deliver_next() {
    const auto message = wire_.next();
    if (!message) return advance_to_deadline();
    deliver(*message);
  }

  void disturb(int how, Reader& script) {
    honest_ = false;
    if (how == 0) wire_.lose();
    if (how == 1) wire_.swap();
    if (how == 2) wire_.change(script);
    if (const auto again = how == 3 ? wire_.repeat() : std::nullopt) deliver(*again);
  }

  void deliver(const HostileWire::Message& message) {
    message.to_client ? to_client(message.octets) : to_session(message.octets);
    drain();
  }

  void to_session(View octets) {
    const auto header = gre::parse(octets);
    Packet packet = pool_.take();
    check(packet != nullptr);
    if (header && packet->assign(octets)) session_.receive(std::move(packet), *header, now_);
  }

  void to_client(View octets) {
    const auto header = gre::parse(octets);
    if (!header || !header->sequence) return;
    // RFC 2637 section 4.3: a packet whose turn is over is thrown away.
    if (heard_ && !header->sequence->is_after(*heard_)) return;
    heard_ = header->sequence;
    client_.receive(octets.subspan(header->size(), header->payload_length), now_);
  }

  void advance_to(Instant time) {
    now_ = std::max(now_, time);
    client_.advance(now_);
    session_.advance(now_);
    drain();
    check(!session_.deadline() || *session_.deadline() > now_);
  }

  void advance_to_deadline() {
    if (const Deadline next = earlier(client_.deadline(), session_.deadline())) advance_to(*next);
  }

  // --- The client

  /// What only who has the keys can say.
  void say_encrypted(int what, Reader& script) {
    auto& sealer = client_.sealer();
    switch (what) {
      case 0:  // a good packet
        return client_.send_ip(ip_packet("10.0.0.2", "192.0.2.1", 60 + script.u8(), script.u8()));
      case 1: {  // almost good
        Bytes packet = ip_packet("10.0.0.2", "192.0.2.1");
        packet[script.u8() % packet.size()] ^= script.u8();
        return client_.send_ip(packet);
      }
      case 2: {  // anything, as an IP packet
        honest_ = false;
        return client_.send_ip(take(script));
      }
      case 3:  // anything
        honest_ = false;
        return sealer ? send_compressed(sealer->seal(take(script))) : void();
      case 4:  // DHCPINFORM, and what stands behind its cookie
        return client_.send_ip(dhcp_inform(take(script)));
      default:  // packets that nobody saw
        honest_ = false;
        if (sealer)
          sealer->count = static_cast<std::uint16_t>((sealer->count + script.u8()) % 4096);
        return;
    }
  }

  void send_compressed(const Bytes& sealed) {
    Bytes frame = {0x00, 0xfd};
    frame.insert(frame.end(), sealed.begin(), sealed.end());
    client_.send_frame(std::move(frame));
  }

  void say(int what, Reader& script) {
    honest_ = false;
    constexpr std::uint16_t kProtocols[] = {profiles::kLcp, profiles::kCcp, profiles::kIpcp,
                                            profiles::kChap, profiles::kPap};
    if (what == 5) {
      Bytes frame = take(script);
      return client_.send_frame(frame.empty() ? clear_packet() : std::move(frame));
    }
    const std::uint8_t code = script.u8();
    const std::uint8_t identifier = script.u8();
    Bytes data = take(script);
    // An answer of a good client to what was asked last.
    if (code == 2 && data.empty()) data = watch_.last_request();
    client_.send_control(kProtocols[what], code % 16,
                         identifier % 16 == 0 ? watch_.last_identifier() : identifier, data);
  }

  static Bytes clear_packet() {
    Bytes frame = ip_packet("10.0.0.2", "192.0.2.1");
    std::ranges::copy(CallWatch::kClear, frame.begin() + 28);
    frame.insert(frame.begin(), {0x00, 0x21});
    return frame;
  }

  static Bytes take(Reader& script) {
    const View octets = script.bytes(std::min<std::size_t>(script.u8(), script.left()));
    return {octets.begin(), octets.end()};
  }

  static Bytes dhcp_inform(const Bytes& options) {
    Bytes message = from_hex("0101060012345678 00000000 0a000002");
    message.resize(236);
    for (const std::uint8_t octet : from_hex("63825363 350108")) message.push_back(octet);
    message.insert(message.end(), options.begin(), options.end());
    Bytes packet = ip_packet("10.0.0.2", "255.255.255.255", 28 + message.size());
    Writer udp(MutableView(packet).subspan(20, 8));
    udp.u16(68);
    udp.u16(67);
    udp.u16(static_cast<std::uint16_t>(8 + message.size()));
    udp.u16(0);
    std::ranges::copy(message, packet.begin() + 28);
    return packet;
  }

  // --- The server around the session

  void act_as_owner(int what, Reader& script) {
    switch (what) {
      case 0:
        return send_down(take(script));
      case 1:  // what is asked is not answered at once any more, or only now
        slow_ = !slow_;
        return slow_ ? void() : answer_all();
      case 2:
        honest_ = false;
        if (script.u8() % 2 == 0) return session_.address_refused("none is free", now_);
        return session_.login_verdict(auth::LoginRefused{}, now_);
      case 3:
        session_.probe(now_);
        return session_.link_info_received(now_);
      case 4:  // what it does not see the end of, it calls a flaw
        honest_ = false;
        if (script.u8() % 8 == 0) client_.hang_up(0, now_);
        return;
      default:
        honest_ = false;
        if (script.u8() % 8 == 0) session_.call_cleared(Cause::peer_hung_up, now_);
        return;
    }
  }

  void send_down(const Bytes& payload) {
    Bytes contents = ip_packet("192.0.2.1", "10.0.0.2");
    contents.insert(contents.end(), payload.begin(), payload.end());
    Packet packet = pool_.take();
    check(packet && packet->assign(contents));
    session_.send(std::move(packet));
  }

  void answer_all() {
    for (auto& question : std::exchange(questions_, {})) question();
  }

  void on(Session::VerifyLogin&& verify) {
    questions_.emplace_back([this, request = std::move(verify.request)] {
      auth::LocalTime time;
      time.date = std::chrono::year(2026) / 9 / 1;
      session_.login_verdict(verifier_.verify(request, users_, time), now_);
    });
  }
  void on(Session::AssignAddress&&) {
    questions_.emplace_back([this] {
      ppp::IpAssignment assignment;
      assignment.local = CallWatch::kServer;
      assignment.client = CallWatch::kClient;
      session_.address_assigned(assignment, now_);
    });
  }

  // --- What holds

  /// To a good client and network, the session does nothing wrong.
  void check_flaws() const {
    if (!honest_) return;
    for (const std::string& flaw : client_.flaws()) std::fprintf(stderr, "%s\n", flaw.c_str());
    check(client_.flaws().empty());
  }

  void drain() {
    watch_.begin_round();
    for (bool more = true; more;) {
      environment_.decrypt_opened(now_);
      drain_client();
      while (auto output = session_.next_output()) {
        std::visit([this](auto& what) { on(std::move(what)); }, *output);
      }
      more = !slow_ && !questions_.empty();
      if (more) answer_all();
    }
    environment_.encrypt_waiting();
    for (const Packet& packet : traffic_.to_peer) {
      const View octets = std::as_const(*packet).view();
      watch_.see_to_client(octets);
      wire_.post({true, true, Bytes(octets.begin(), octets.end())});
    }
    for (const Packet& packet : traffic_.to_network) watch_.see_to_network(packet->view());
    traffic_.to_peer.clear();
    traffic_.to_network.clear();
    check(pool_.available() + gre::ReceiveSequencer::kWindow >= pool_.capacity());
  }

  void drain_client() {
    using Link = profiles::ClientLink;
    while (auto output = client_.next_output()) {
      if (const auto* frame = std::get_if<Link::Frame>(&*output)) wrap(frame->octets);
      if (sends_link_info_ && std::holds_alternative<Link::EngineStarted>(*output)) {
        session_.link_info_received(now_);
      }
    }
  }

  void wrap(View frame) {
    gre::Header header;
    header.payload_length = static_cast<std::uint16_t>(frame.size());
    header.sequence = gre::SequenceNumber(sequence_++);
    header.acknowledgment = heard_;
    Bytes packet(header.size());
    gre::serialise(header, packet);
    packet.insert(packet.end(), frame.begin(), frame.end());
    wire_.post({false, true, std::move(packet)});
  }

  void on(Event&& event) { watch_.see(event); }

  CountingRandom random_;
  PacketPool pool_{gre::ReceiveSequencer::kWindow + 16};
  Traffic traffic_;
  CipherBatches batches_{gre::ReceiveSequencer::kWindow};
  Instant now_;
  auth::SecretsFile users_ = auth::SecretsFile::parse(
      "bob * plugh-4711 *\ncarol@example.org * plugh-4711 *\n"
      "expired * plugh-4711 * -- expires=2026-06-30\n");
  CallWatch watch_;
  auth::LocalVerifier verifier_;
  Environment environment_;
  Session session_;
  profiles::ClientLink client_;
  HostileWire wire_;

  bool sends_link_info_;
  std::uint32_t sequence_;
  std::optional<gre::SequenceNumber> heard_;
  /// What the session waits for.
  std::vector<std::function<void()>> questions_;
  bool slow_ = false;

  /// Nobody has done yet what a good client and network don't.
  bool honest_ = true;
};

}  // namespace

/// Two octets say who calls whom; a third, whether the attack begins before they are connected.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader script(View(data, std::min<std::size_t>(size, 1024)));
  static const std::vector<profiles::Profile> rows = profiles::all_profiles();
  const profiles::Profile& row = rows[script.u8() % rows.size()];
  const CallPolicy policy(script.u8());
  CallUnderAttack call(row, policy);
  if (script.u8() % 4 != 3) call.connect();
  call.run(script);
  return 0;
}
