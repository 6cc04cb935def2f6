// Our client and our server, and between them somebody who changes, drops, repeats and invents what
// they say, as the script wants it. Gets past the login, because most of it arrives as it was sent.
#include <deque>
#include <optional>
#include <utility>

#include "client/dialed_call.hpp"
#include "core/check.hpp"
#include "core/reader.hpp"
#include "support/pure_server.hpp"

namespace {

using namespace upptpd;

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

class CallUnderAttack {
 public:
  CallUnderAttack()
      : server_(server_settings(), library(), random_, users_, now_),
        client_(client_settings(), {library(), random_, pool_, traffic_}, now_) {
    collect();
  }

  void run(View script) {
    Reader reader(script);
    while (reader.left() > 0) act(reader);
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
  struct Message {
    bool to_client;
    bool gre;
    Bytes octets;
  };

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
    switch (what % 8) {
      case 0:
        advance(std::chrono::milliseconds(32 * reader.u8()));
        break;
      case 1:  // lost
        if (!queue_.empty() && queue_.front().gre) queue_.pop_front();
        break;
      case 2:  // again
        if (!queue_.empty() && queue_.front().gre) deliver(queue_.front());
        break;
      case 3:  // changed
        if (!queue_.empty()) {
          Bytes& octets = queue_.front().octets;
          const std::size_t at = reader.u16() % octets.size();
          octets[at] = reader.u8();
        }
        break;
      case 4:  // invented
        invent(reader);
        break;
      case 5:  // out of turn
        if (queue_.size() > 1 && queue_[0].gre && queue_[1].gre) std::swap(queue_[0], queue_[1]);
        break;
      default:
        deliver_next();
        break;
    }
    collect();
  }

  void invent(Reader& reader) {
    const std::uint8_t kind = reader.u8();
    const View octets = reader.bytes(std::min<std::size_t>(reader.u8(), reader.left()));
    Bytes message(octets.begin(), octets.end());
    if ((kind & 2) != 0) {  // a frame of the call, in its turn
      Bytes packet = from_hex("3001880b0000000700000000");
      packet[5] = static_cast<std::uint8_t>(octets.size());
      packet[4] = static_cast<std::uint8_t>(octets.size() >> 8);
      packet[11] = reader.u8();
      message.insert(message.begin(), packet.begin(), packet.end());
    }
    deliver({true, (kind & 1) != 0 || (kind & 2) != 0, std::move(message)});
  }

  void deliver_next() {
    if (queue_.empty()) return advance(std::chrono::milliseconds(100));
    const Message message = std::move(queue_.front());
    queue_.pop_front();
    deliver(message);
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
  }

  void collect() {
    while (auto output = client_.next_output()) {
      check(!ended_);
      ended_ = std::holds_alternative<control::Closed>(*output);
      if (auto* send = std::get_if<control::SendBytes>(&*output)) {
        queue_.push_back({false, false, std::move(send->bytes)});
      } else if (const auto* event = std::get_if<session::Event>(&*output)) {
        note(*event);
      }
    }
    for (const Packet& packet : traffic_.to_peer) {
      const View octets = std::as_const(*packet).view();
      queue_.push_back({false, true, Bytes(octets.begin(), octets.end())});
    }
    check(traffic_.to_network.empty() || connected_);
    traffic_.to_peer.clear();
    traffic_.to_network.clear();
    while (auto output = server_.next_output()) {
      if (auto* control = std::get_if<PureServer::SendControl>(&*output)) {
        queue_.push_back({true, false, std::move(control->message)});
      } else if (auto* gre = std::get_if<PureServer::SendGre>(&*output)) {
        queue_.push_back({true, true, std::move(gre->packet)});
      }
    }
    // What nobody delivers is lost: the script may stop delivering for good.
    while (queue_.size() > 256) queue_.pop_front();
    check(pool_.available() + 72 >= pool_.capacity());
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
  PacketPool pool_{128};
  session::Traffic traffic_;
  auth::SecretsFile users_ = auth::SecretsFile::parse("bob * secret *\n");
  Instant now_;
  PureServer server_;
  client::DialedCall client_;
  std::deque<Message> queue_;
  bool ended_ = false;
  bool finished_ = false;
  bool logged_in_ = false;
  bool encrypted_ = false;
  bool connected_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CallUnderAttack().run({data, size});
  return 0;
}
