// Our client and our server, connected, and between them somebody who changes, drops, repeats and
// invents what they say, as the script wants it; and a server that sends anything, encrypted.
#include <algorithm>
#include <optional>
#include <utility>

#include "client/dialed_call.hpp"
#include "core/check.hpp"
#include "hostile_wire.hpp"
#include "support/crypto_library.hpp"
#include "support/ip_packet.hpp"
#include "support/pure_server.hpp"
#include "support/random_sources.hpp"

namespace {

using namespace upptpd;

class CallUnderAttack {
 public:
  CallUnderAttack()
      : server_(server_settings(), library(), random_, users_, now_),
        client_(client_settings(), {library(), random_, pool_, traffic_}, now_) {
    collect();
  }

  void connect() {
    for (int steps = 0; steps < 64 && !connected_; ++steps) deliver_next();
    check(connected_);
  }

  void run(Reader script) {
    while (script.left() > 0) act(script);
    client_.hang_up(now_);
    collect();
    // Whatever was said before: it ends, and nothing follows.
    for (int rounds = 0; !client_.closed(); ++rounds) {
      check(rounds < 100 && client_.deadline().has_value());
      now_ = std::max(now_, *client_.deadline());
      client_.advance(now_);
      collect();
    }
    check(!client_.deadline());
    to_client(true, from_hex("30010000000700000000"));
    check(!client_.next_output());
  }

 private:
  using Message = HostileWire::Message;

  static PureServer::Settings server_settings() {
    PureServer::Settings settings;
    settings.call_id = CallId(9);
    settings.assignment.local = Ipv4Address(0x0a000001);
    settings.assignment.client = Ipv4Address(0x0a000002);
    settings.link.server_name = "fuzz";
    settings.rules.server_name = "fuzz";
    return settings;
  }

  static client::DialedCall::Settings client_settings() {
    client::DialedCall::Settings settings;
    settings.control.call_id = CallId(7);
    settings.link.log_in_as = auth::Credentials{"bob", SecretString("secret")};
    return settings;
  }

  void act(Reader& reader) {
    const std::uint8_t what = reader.u8();
    switch (what % 16) {
      case 0:
        advance(std::chrono::milliseconds(32 * reader.u8()));
        break;
      case 1:
        wire_.lose();
        break;
      case 2:
        if (const auto again = wire_.repeat()) deliver(*again);
        break;
      case 3:
        wire_.change(reader);
        break;
      case 4:
        wire_.swap();
        break;
      case 5:
        invent(reader);
        break;
      case 6:  // anything, encrypted as it should be
        server_.send(reader.bytes(std::min<std::size_t>(reader.u8(), reader.left())), now_);
        break;
      case 7:
        send_up();
        break;
      case 8:
        if (reader.u8() % 16 == 0) server_.hang_up(session::Cause::kicked, now_);
        break;
      case 9:
        if (const Deadline next = earlier(client_.deadline(), server_.deadline())) {
          advance(std::max(Duration(), *next - now_));
        }
        break;
      default:
        for (int packets = what % 16 - 10; packets >= 0; --packets) deliver_next();
        break;
    }
    collect();
  }

  void send_up() {
    Packet packet = pool_.take();
    check(packet && packet->assign(ip_packet("10.0.0.2", "192.0.2.1")));
    client_.send(std::move(packet));
  }

  /// In the server's name.
  void invent(Reader& reader) {
    const std::uint8_t kind = reader.u8();
    const View octets = reader.bytes(std::min<std::size_t>(reader.u8(), reader.left()));
    Bytes message(octets.begin(), octets.end());
    if ((kind & 2) != 0) {  // a frame of the call, in its turn
      Bytes packet = from_hex("3001880b0000000700000000");
      Writer writer(MutableView(packet).subspan(4));
      writer.u16(static_cast<std::uint16_t>(octets.size()));
      writer.u16(7);
      writer.u32(last_sequence_ + reader.u8() % 4);
      message.insert(message.begin(), packet.begin(), packet.end());
    }
    deliver({true, (kind & 3) != 0, std::move(message)});
  }

  void deliver_next() {
    const auto message = wire_.next();
    if (!message) return advance(std::chrono::milliseconds(100));
    deliver(*message);
    collect();
  }

  void deliver(const Message& message) {
    if (message.to_client) return to_client(message.gre, message.octets);
    message.gre ? server_.receive_gre(message.octets, now_)
                : server_.receive_control(message.octets, now_);
  }

  void to_client(bool gre, const Bytes& octets) {
    if (!gre) return client_.receive(View(octets), now_);
    Packet packet = pool_.take();
    check(static_cast<bool>(packet));
    if (packet->assign(octets)) client_.receive(std::move(packet), now_);
  }

  void advance(Duration time) {
    now_ += time;
    client_.advance(now_);
    server_.advance(now_);
    check(!client_.deadline() || *client_.deadline() > now_);
  }

  void collect() {
    while (auto output = client_.next_output()) {
      check(!ended_);
      ended_ = std::holds_alternative<control::Closed>(*output);
      if (auto* send = std::get_if<control::SendBytes>(&*output)) {
        wire_.post({false, false, std::move(send->bytes)});
      } else if (const auto* event = std::get_if<session::Event>(&*output)) {
        note(*event);
      }
    }
    for (const Packet& packet : traffic_.to_peer) {
      const View octets = std::as_const(*packet).view();
      inspect(octets);
      wire_.post({false, true, Bytes(octets.begin(), octets.end())});
    }
    check(traffic_.to_network.empty() || connected_);
    traffic_.to_peer.clear();
    traffic_.to_network.clear();
    while (auto output = server_.next_output()) {
      if (auto* control = std::get_if<PureServer::SendControl>(&*output)) {
        wire_.post({true, false, std::move(control->message)});
      } else if (auto* gre = std::get_if<PureServer::SendGre>(&*output)) {
        if (const auto header = gre::parse(gre->packet); header->sequence) {
          last_sequence_ = header->sequence->value();
        }
        wire_.post({true, true, std::move(gre->packet)});
      }
    }
    check(pool_.available() + gre::ReceiveSequencer::kWindow >= pool_.capacity());
  }

  /// Nothing goes to the server in the clear.
  void inspect(View packet) const {
    const auto header = gre::parse(packet);
    check(header.has_value());
    if (!header->sequence) return;
    const auto ppp = ppp::parse_frame_header(packet.subspan(header->size()));
    check(ppp && ppp->protocol != ppp::Protocol::ipv4);
    check(connected_ || !ppp::is_network_data(ppp->protocol));
  }

  void note(const session::Event& event) {
    check(!finished_);
    if (std::holds_alternative<session::Connected>(event)) {
      // Nobody gets here without having proved the password and agreed on encryption.
      check(logged_in_ && encrypted_);
      connected_ = true;
    }
    if (std::holds_alternative<session::AuthenticationSucceeded>(event)) logged_in_ = true;
    if (std::holds_alternative<session::EncryptionStarted>(event)) encrypted_ = true;
    finished_ = std::holds_alternative<session::Finished>(event);
  }

  CountingRandom random_;
  PacketPool pool_{gre::ReceiveSequencer::kWindow + 16};
  session::Traffic traffic_;
  auth::SecretsFile users_ = auth::SecretsFile::parse("bob * secret *\n");
  Instant now_;
  PureServer server_;
  client::DialedCall client_;
  HostileWire wire_;
  std::uint32_t last_sequence_ = 0;
  bool ended_ = false;
  bool finished_ = false;
  bool logged_in_ = false;
  bool encrypted_ = false;
  bool connected_ = false;
};

}  // namespace

/// The first octet says whether the attack begins before they are connected.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader script(View(data, std::min<std::size_t>(size, 1024)));
  CallUnderAttack call;
  if (script.u8() % 4 != 3) call.connect();
  call.run(script);
  return 0;
}
