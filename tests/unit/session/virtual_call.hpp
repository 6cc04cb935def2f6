// One call in virtual time: a scripted client and a real Session, joined by a link that delays,
// loses, repeats and reorders as it is told.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/local_verifier.hpp"
#include "core/writer.hpp"
#include "ip/ipv4_packet.hpp"
#include "session/session.hpp"
#include "support/crypto_library.hpp"
#include "support/ip_packet.hpp"
#include "unit/session/scripted_client.hpp"

namespace upptpd::session {

class VirtualCall {
 public:
  enum class Way : std::uint8_t { to_server, to_client };
  /// What becomes of the n-th packet (from 0) of each direction: when its copies arrive, after the
  /// latency. None: it is lost.
  using Script = std::function<std::vector<Duration>(Way, unsigned)>;

  struct Setup {
    ClientProfile client{};
    Duration latency = std::chrono::milliseconds(10);
    Script script{};
    Duration verdict_delay{};
    Duration address_delay{};
    /// The pool is empty.
    bool no_address = false;
    std::uint32_t seed = 1;
    PppLink::Settings link{};
    auth::LoginRules rules{.server_name = "gate"};
    std::string users = "bob * secret *\n";
    /// Sent around every frame of the client.
    Bytes chatter{};
    bool mss_clamp = false;
    std::shared_ptr<const ip::DhcpSettings> dhcp{};
    ClientNetworks networks{};
    /// Packets are encrypted and decrypted together, as a worker does it.
    bool cipher_batches = false;
  };

  static constexpr const char* kClientAddress = "10.0.0.2";

  explicit VirtualCall(Setup setup) : setup_(std::move(setup)), random_(setup_.seed) {
    setup_.link.server_name = "gate";
    Session::Settings settings;
    settings.link = setup_.link;
    settings.peer_call_id = PeerCallId(ClientTunnel::kOwn);
    settings.mss_clamp = setup_.mss_clamp;
    settings.dhcp = setup_.dhcp;
    if (setup_.cipher_batches) environment_.cipher = &batches_;
    session_ = std::make_unique<Session>(settings, environment_, now_);
    client_ = std::make_unique<ScriptedClient>(library(), setup_.client, now_);
    client_->chatter(setup_.chatter);
    if (setup_.client.sends_link_info) {
      at(setup_.client.engine_start + setup_.latency,
         [this] { session_->link_info_received(now_); });
    }
    drain();
  }

  void run_for(Duration time) {
    const Instant end = now_ + time;
    while (step(end)) {
    }
    now_ = end;
  }

  /// Until it holds, or the time is over.
  bool run_until(const std::function<bool()>& condition,
                 Duration time = std::chrono::seconds(120)) {
    const Instant end = now_ + time;
    while (!condition()) {
      if (!step(end)) return condition();
    }
    return true;
  }

  bool connect() {
    return run_until([this] { return established(); });
  }

  /// Both sides say that traffic flows.
  bool established() const {
    return client_->connected() && count<Connected>() > count<Disconnected>() && !finished();
  }

  /// Does something at a time from now.
  void at(Duration time, std::function<void()> what) {
    agenda_.emplace(now_ + time, std::move(what));
  }

  /// After the test acted on the session or the client directly.
  void drain() {
    const auto outputs_before_end = [this] {
      while (auto output = session_->next_output()) {
        EXPECT_FALSE(finished()) << "an output after Finished";
        handle(std::move(*output));
      }
    };
    environment_.decrypt_opened(now_);
    outputs_before_end();
    environment_.encrypt_waiting();
    for (const Packet& packet : traffic_.to_peer) {
      inspect(packet->view());
      carry(Way::to_client, Bytes(packet->view().begin(), packet->view().end()));
    }
    traffic_.to_peer.clear();
    for (const Packet& packet : traffic_.to_network) delivered(packet->view());
    traffic_.to_network.clear();
    while (auto packet = client_->next_packet()) carry(Way::to_server, std::move(*packet));
    if (client_->gave_up() && !cleared_) {
      cleared_ = true;
      at(setup_.latency, [this] { session_->call_cleared(Cause::peer_hung_up, now_); });
    }
  }

  /// An IP packet for the client, from the network.
  void send_to_client(View contents) {
    Packet packet = pool_.take();
    check(packet && packet->assign(contents));
    session_->send(std::move(packet));
    drain();
  }

  void send_from_client(View contents) {
    client_->send_ip(contents);
    drain();
  }

  Session& session() { return *session_; }
  Traffic& traffic() { return traffic_; }
  PacketPool& pool() { return pool_; }
  ScriptedClient& client() { return *client_; }
  Instant now() const { return now_; }
  Duration elapsed() const { return now_ - Instant{}; }
  const DropCounters& drops() const { return session_->statistics().drops; }
  const std::vector<Bytes>& to_network() const { return to_network_; }
  const std::vector<Bytes>& frames_to_client() const { return frames_to_client_; }
  unsigned verifications() const { return verifications_; }
  unsigned packets(Way way) const { return counts_[static_cast<std::size_t>(way)]; }
  void set_script(Script script) { setup_.script = std::move(script); }

  const std::vector<Event>& events() const { return events_; }
  bool finished() const { return count<Finished>() > 0; }

  template <class Kind>
  std::size_t count() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        events_, [](const Event& event) { return std::holds_alternative<Kind>(event); }));
  }

  /// The first event of this kind.
  template <class Kind>
  Kind event() const {
    for (const Event& event : events_) {
      if (const auto* found = std::get_if<Kind>(&event)) return *found;
    }
    ADD_FAILURE() << "no such event";
    return {};
  }

  void expect_finished(Cause cause) const {
    ASSERT_TRUE(finished());
    EXPECT_EQ(static_cast<int>(event<Finished>().cause), static_cast<int>(cause));
    EXPECT_TRUE(std::holds_alternative<Finished>(events_.back()));
    EXPECT_FALSE(session_->deadline());
  }

 private:
  bool step(Instant end) {
    const Deadline next = earlier(earlier(session_->deadline(), client_->deadline()),
                                  agenda_.empty() ? Deadline{} : Deadline(agenda_.begin()->first));
    if (!next || *next > end) return false;
    if (++steps_ > 1'000'000) {
      ADD_FAILURE() << "it never rests";
      return false;
    }
    now_ = std::max(now_, *next);
    if (!agenda_.empty() && agenda_.begin()->first <= now_) {
      const auto what = std::move(agenda_.begin()->second);
      agenda_.erase(agenda_.begin());
      what();
    } else {
      session_->advance(now_);
      EXPECT_TRUE(!session_->deadline() || *session_->deadline() > now_) << "a deadline that stays";
      client_->advance(now_);
    }
    drain();
    return true;
  }

  void carry(Way way, Bytes packet) {
    const unsigned index = counts_[static_cast<std::size_t>(way)]++;
    const std::vector<Duration> arrivals =
        setup_.script ? setup_.script(way, index) : std::vector<Duration>{Duration{}};
    for (Duration extra : arrivals) {
      at(setup_.latency + extra, [this, way, packet] { arrive(way, packet); });
    }
  }

  void arrive(Way way, const Bytes& contents) {
    if (way == Way::to_client) return client_->receive(contents, now_);
    const auto header = gre::parse(contents);
    Packet packet = pool_.take();
    if (header && packet && packet->assign(contents)) {
      session_->receive(std::move(packet), *header, now_);
    }
  }

  void handle(Session::Output&& output) {
    std::visit(
        Overloaded{
            [this](Session::VerifyLogin& verify) {
              ++verifications_;
              at(setup_.verdict_delay, [this, request = verify.request] {
                const auth::LocalVerifier verifier(library(), setup_.rules);
                const auto users = auth::SecretsFile::parse(setup_.users);
                session_->login_verdict(verifier.verify(request, users, {}), now_);
              });
            },
            [this](Session::AssignAddress&) { at(setup_.address_delay, [this] { assign(); }); },
            [this](Event& event) { events_.push_back(std::move(event)); },
        },
        output);
  }

  void assign() {
    if (setup_.no_address) return session_->address_refused("the pool is empty", now_);
    ppp::IpAssignment assignment;
    assignment.local = Ipv4Address::parse("10.0.0.1").value();
    assignment.client = Ipv4Address::parse(kClientAddress).value();
    assignment.dns[0] = Ipv4Address::parse("10.0.0.53").value();
    session_->address_assigned(assignment, now_, setup_.networks);
  }

  /// Whatever happens, nothing may go to the client in the clear.
  void inspect(View packet) {
    const auto header = gre::parse(packet);
    ASSERT_TRUE(header);
    if (!header->sequence) return;
    const View frame = packet.subspan(header->size(), header->payload_length);
    frames_to_client_.emplace_back(frame.begin(), frame.end());
    const auto ppp = ppp::parse_frame_header(frame);
    ASSERT_TRUE(ppp);
    if (!ppp::is_network_data(ppp->protocol)) return;
    EXPECT_EQ(ppp->protocol, ppp::Protocol::compressed) << "clear data to the client";
    EXPECT_GT(count<EncryptionStarted>(), 0U);
    EXPECT_GT(count<Connected>(), count<Disconnected>());
  }

  /// Nor may anything reach the network but the connected client's own packets.
  void delivered(View packet) {
    const auto parsed = ip::Ipv4Packet::parse(packet);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->source.to_string(), kClientAddress);
    EXPECT_GT(count<Connected>(), count<Disconnected>());
    EXPECT_FALSE(finished());
    to_network_.emplace_back(packet.begin(), packet.end());
  }

  Setup setup_;
  SeededRandom random_;
  PacketPool pool_{256};
  Traffic traffic_;
  CipherBatches batches_{256};
  Environment environment_{library(), random_, pool_, traffic_};
  Instant now_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<ScriptedClient> client_;

  std::multimap<Instant, std::function<void()>> agenda_;
  std::array<unsigned, 2> counts_{};
  std::vector<Event> events_;
  std::vector<Bytes> to_network_;
  std::vector<Bytes> frames_to_client_;
  unsigned verifications_ = 0;
  unsigned long steps_ = 0;
  bool cleared_ = false;
};

}  // namespace upptpd::session
