// Arbitrary packets at arbitrary times into a whole session. Half of what is sent is arbitrary; the
// other half answers what the session said, so that it gets past the first phases.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "ip/ipv4_packet.hpp"
#include "mppe/encryptor.hpp"
#include "session/session.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::session;

const crypto::Library& library() {
  static const crypto::Library loaded = crypto::Library::load().value();
  return loaded;
}

class CountingRandom : public RandomSource {
 public:
  void fill(MutableView out) override {
    for (std::uint8_t& octet : out) octet = ++next_;
  }

 private:
  std::uint8_t next_ = 0;
};

class SessionUnderAttack {
 public:
  SessionUnderAttack() : session_(settings(), {library(), random_, pool_, traffic_}, now_) {
    drain();
  }

  void run(View script) {
    Reader reader(script);
    while (reader.left() > 0 && !finished_) act(reader);
    session_.hang_up(Cause::server_shut_down, now_);
    drain();
    // Whatever was said before: it ends.
    for (int rounds = 0; !finished_; ++rounds) {
      check(rounds < 100 && session_.deadline().has_value());
      advance_to(*session_.deadline());
    }
    check(!session_.deadline());
    send_ip();
    send_frame(from_hex("ff03 c021 05 01 0004"));
    check(session_.finished() && !session_.next_output());
  }

 private:
  static Session::Settings settings() {
    Session::Settings settings;
    settings.link.server_name = "fuzz";
    settings.peer_call_id = PeerCallId(1);
    return settings;
  }

  void act(Reader& reader) {
    const std::uint8_t what = reader.u8();
    switch (what % 16) {
      case 0:
        advance_to(now_ + std::chrono::milliseconds(32 * reader.u8()));
        break;
      case 1:
        session_.link_info_received(now_);
        break;
      case 2:
        acknowledge_request();
        break;
      case 3:
        send_control(0xc021, from_hex("01 01 000e 0506 11223344 0702 0802"));
        break;
      case 4:
        send_response(reader.u8());
        break;
      case 5:
        verdict(reader.u8());
        break;
      case 6:
        assign(reader.u8());
        break;
      case 7:
        send_control(0x80fd, from_hex("01 02 000a 1206 01000040"));
        break;
      case 8:
        send_control(0x8021, from_hex("01 03 000a 0306 0a000002"));
        break;
      case 9:
        send_ip();
        break;
      case 10:
        send_encrypted(reader.u8());
        break;
      case 11:
        sequence_ += reader.u8();
        break;
      case 12:
        send_packet(reader);
        break;
      default:
        send_frame(reader.bytes(std::min<std::size_t>(reader.u8(), reader.left())));
        break;
    }
    drain();
    check(!session_.deadline() || *session_.deadline() > now_ || what % 16 != 0);
  }

  void advance_to(Instant time) {
    now_ = std::max(now_, time);
    session_.advance(now_);
    drain();
    check(!session_.deadline() || *session_.deadline() > now_);
  }

  /// What a good client says to our last request.
  void acknowledge_request() {
    if (last_request_.empty()) return;
    Bytes frame = last_request_;
    const std::size_t size = ppp::parse_frame_header(frame).value().size;
    frame[size] = 2;
    send_frame(frame);
  }

  void send_control(std::uint16_t protocol, const Bytes& packet) {
    Bytes frame{static_cast<std::uint8_t>(protocol >> 8), static_cast<std::uint8_t>(protocol)};
    frame.insert(frame.end(), packet.begin(), packet.end());
    send_frame(frame);
  }

  void send_response(std::uint8_t mark) {
    Bytes packet = from_hex("02 01 0039 31");
    packet.resize(5 + 49, mark);
    for (char letter : {'b', 'o', 'b'}) packet.push_back(static_cast<std::uint8_t>(letter));
    send_control(0xc223, packet);
  }

  void verdict(std::uint8_t what) {
    if (what % 4 == 0) return session_.login_verdict(auth::LoginRefused{}, now_);
    if (verify_ == nullptr) return;
    auth::MsChapV2Keys keys;
    if (const auto* proof = std::get_if<auth::MsChapV2Proof>(&verify_->request.proof)) {
      keys.nt_response = proof->response.nt_response;
    }
    session_.login_verdict(auth::LoginAccepted{"bob", "S=", keys}, now_);
    const auto master = mppe::master_key(keys.password_hash_hash, keys.nt_response);
    encryptor_.emplace(library(), mppe::Mode{}, mppe::start_keys(master, mppe::Role::client).send);
  }

  void assign(std::uint8_t what) {
    if (what % 8 == 0) return session_.address_refused("none", now_);
    ppp::IpAssignment assignment;
    assignment.local = Ipv4Address(0x0a000001);
    assignment.client = Ipv4Address(0x0a000002);
    session_.address_assigned(assignment, now_);
  }

  static Bytes ip_packet(std::uint32_t source) {
    Bytes packet = from_hex("4500001c 00000000 40110000 00000000 c0000201 0102030405060708");
    for (unsigned i = 0; i < 4; ++i) {
      packet[12 + i] = static_cast<std::uint8_t>(source >> 8 * (3 - i));
    }
    return packet;
  }

  void send_ip() {
    Packet packet = pool_.take();
    check(packet && packet->assign(ip_packet(0x0a000001)));
    session_.send(std::move(packet));
  }

  void send_encrypted(std::uint8_t mark) {
    if (!encryptor_) return;
    Packet packet = pool_.take();
    check(packet != nullptr);
    Bytes inner = from_hex("0021");
    const Bytes ip = ip_packet(0x0a000002U + mark % 2U);
    inner.insert(inner.end(), ip.begin(), ip.end());
    check(packet->assign(inner));
    encryptor_->encrypt(*packet);
    Bytes frame = from_hex("fd");
    frame.insert(frame.end(), packet->view().begin(), packet->view().end());
    send_frame(frame);
  }

  void send_frame(View frame) {
    gre::Header header;
    header.payload_length = static_cast<std::uint16_t>(frame.size());
    header.sequence = gre::SequenceNumber(sequence_++);
    Packet packet = pool_.take();
    check(packet && packet->assign(frame));
    gre::serialise(header, packet->push_front(header.size()));
    session_.receive(std::move(packet), header, now_);
  }

  /// Arbitrary to its first octet.
  void send_packet(Reader& reader) {
    const View contents = reader.bytes(std::min<std::size_t>(reader.u8(), reader.left()));
    const auto header = gre::parse(contents);
    Packet packet = pool_.take();
    if (!header || !packet->assign(contents)) return;
    session_.receive(std::move(packet), *header, now_);
  }

  void drain() {
    while (auto output = session_.next_output()) {
      check(!finished_);  // nothing follows the end
      std::visit(Overloaded{
                     [this](Session::VerifyLogin& verify) {
                       verify_ = std::make_unique<Session::VerifyLogin>(std::move(verify));
                     },
                     [](Session::AssignAddress&) {},
                     [this](Event& event) { on(event); },
                 },
                 *output);
    }
    for (const Packet& packet : traffic_.to_peer) inspect(packet->view());
    for (const Packet& packet : traffic_.to_network) inspect_ip(packet->view());
    traffic_.to_peer.clear();
    traffic_.to_network.clear();
  }

  void on(const Event& event) {
    if (std::holds_alternative<Connected>(event)) check(!std::exchange(connected_, true));
    if (std::holds_alternative<Disconnected>(event)) check(std::exchange(connected_, false));
    if (std::holds_alternative<EncryptionStarted>(event)) encrypted_ = true;
    if (std::holds_alternative<Finished>(event)) finished_ = true;
  }

  /// Nothing in the clear goes to the client, ever.
  void inspect(View packet) {
    const auto header = gre::parse(packet);
    check(header.has_value());
    if (!header->sequence) return;
    const View frame = packet.subspan(header->size());
    const auto ppp = ppp::parse_frame_header(frame);
    check(ppp.has_value());
    if (ppp::is_network_data(ppp->protocol)) {
      check(ppp->protocol == ppp::Protocol::compressed && encrypted_ && verify_ != nullptr);
    } else if (frame[ppp->size] == 1 && ppp->protocol != ppp::Protocol::chap) {
      last_request_.assign(frame.begin(), frame.end());
    }
  }

  /// Nor does anything reach the network but the client's own packets.
  void inspect_ip(View packet) const {
    const auto parsed = ip::Ipv4Packet::parse(packet);
    check(parsed && parsed->source == Ipv4Address(0x0a000002) && encrypted_);
  }

  CountingRandom random_;
  PacketPool pool_{256};
  Traffic traffic_;
  Instant now_;
  Session session_;
  std::uint32_t sequence_ = 0;
  Bytes last_request_;
  std::unique_ptr<Session::VerifyLogin> verify_;
  std::optional<mppe::Encryptor> encryptor_;
  bool connected_ = false;
  bool encrypted_ = false;
  bool finished_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SessionUnderAttack().run(View(data, std::min<std::size_t>(size, 2048)));
  return 0;
}
