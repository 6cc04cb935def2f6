// Our server and our client, session to session, and between them somebody who may change what the
// server says.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "auth/local_verifier.hpp"
#include "session/session.hpp"
#include "support/crypto_library.hpp"
#include "unit/session/client_profile.hpp"

namespace upptpd::session {

class SessionPair {
 public:
  struct Setup {
    LinkSettings server{};
    LinkSettings client{};
    ppp::IpAssignment assignment{};
    /// What the server's frame (without its header) becomes; none: it is lost.
    std::function<std::optional<Bytes>(ppp::Protocol, Bytes)> server_lies{};
    Setup() {
      server.server_name = "gate";
      client.log_in_as = auth::Credentials{"bob", SecretString("secret")};
      assignment.local = Ipv4Address(0x0a000001);
      assignment.client = Ipv4Address(0x0a000002);
    }
  };

  explicit SessionPair(Setup setup)
      : setup_(std::move(setup)),
        server_(settings(setup_.server, kClientCall), {library(), random_, pool_, to_client_},
                now_),
        client_(settings(setup_.client, kServerCall), {library(), random_, pool_, to_server_},
                now_) {
    settle();
  }

  /// Lets time pass, until both are silent or it is over.
  void run(Duration time) {
    const Instant end = now_ + time;
    for (unsigned steps = 0; steps < 10'000; ++steps) {
      const Deadline next = earlier(server_.deadline(), client_.deadline());
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      server_.advance(now_);
      client_.advance(now_);
      settle();
    }
    now_ = std::max(now_, end);
  }

  void settle() {
    bool busy = true;
    while (busy) {
      while (auto output = server_.next_output()) answer(std::move(*output));
      while (auto output = client_.next_output()) {
        client_events_.push_back(std::get<Event>(std::move(*output)));
      }
      busy = carry(to_client_, client_, kClientCall, true) ||
             carry(to_server_, server_, kServerCall, false);
    }
  }

  Session& server() { return server_; }
  Session& client() { return client_; }
  PacketPool& pool() { return pool_; }
  Instant now() const { return now_; }
  const std::vector<Bytes>& delivered_to_server() const { return delivered_[0]; }
  const std::vector<Bytes>& delivered_to_client() const { return delivered_[1]; }

  /// The last event of this kind of one side.
  template <class Kind>
  std::optional<Kind> client_event() const {
    return last<Kind>(client_events_);
  }
  template <class Kind>
  std::optional<Kind> server_event() const {
    return last<Kind>(server_events_);
  }
  void expect_client_finished(Cause cause) const {
    const auto finished = client_event<Finished>();
    ASSERT_TRUE(finished);
    EXPECT_EQ(static_cast<int>(finished->cause), static_cast<int>(cause));
  }

 private:
  static constexpr std::uint16_t kClientCall = 7;
  static constexpr std::uint16_t kServerCall = 9;

  static Session::Settings settings(const LinkSettings& link, std::uint16_t peer_call) {
    Session::Settings made;
    made.link = link;
    made.peer_call_id = PeerCallId(peer_call);
    return made;
  }

  template <class Kind>
  static std::optional<Kind> last(const std::vector<Event>& events) {
    std::optional<Kind> found;
    for (const Event& event : events) {
      if (const auto* one = std::get_if<Kind>(&event)) found = *one;
    }
    return found;
  }

  void answer(Session::Output&& output) {
    std::visit(
        Overloaded{
            [&](Session::VerifyLogin& verify) {
              const auth::LocalVerifier verifier(
                  library(), {.server_name = "gate", .encryption = setup_.server.encryption});
              const auto users = auth::SecretsFile::parse("bob * secret *\n");
              server_.login_verdict(verifier.verify(verify.request, users, {}), now_);
            },
            [&](Session::AssignAddress&) { server_.address_assigned(setup_.assignment, now_); },
            [&](Event& event) { server_events_.push_back(std::move(event)); },
        },
        output);
  }

  bool carry(Traffic& traffic, Session& to, std::uint16_t call, bool from_server) {
    for (const Packet& packet : traffic.to_network) {
      const View octets = std::as_const(*packet).view();
      // What is in a side's `to_network` came from the other side.
      delivered_[from_server ? 0 : 1].emplace_back(octets.begin(), octets.end());
    }
    traffic.to_network.clear();
    PacketBatch batch = std::exchange(traffic.to_peer, {});
    for (Packet& packet : batch) {
      auto header = gre::parse(packet->view());
      EXPECT_TRUE(header && header->call_id == call);
      if (from_server && header->sequence && !lie(*packet, *header)) continue;
      to.receive(std::move(packet), *header, now_);
    }
    return !batch.empty();
  }

  /// False when the frame is lost.
  bool lie(PacketBuffer& packet, gre::Header& header) {
    if (!setup_.server_lies) return true;
    const View frame = packet.view().subspan(header.size(), header.payload_length);
    const auto ppp = ppp::parse_frame_header(frame);
    if (!ppp) return true;
    const View contents = frame.subspan(ppp->size);
    const auto lied = setup_.server_lies(ppp->protocol, Bytes(contents.begin(), contents.end()));
    if (!lied) return false;
    Bytes whole(packet.view().begin(),
                packet.view().begin() + static_cast<std::ptrdiff_t>(header.size() + ppp->size));
    whole.insert(whole.end(), lied->begin(), lied->end());
    header.payload_length = static_cast<std::uint16_t>(ppp->size + lied->size());
    gre::serialise(header, MutableView(whole).first(header.size()));
    EXPECT_TRUE(packet.assign(whole));
    return true;
  }

  Setup setup_;
  SeededRandom random_{1};
  PacketPool pool_{64};
  Traffic to_client_;
  Traffic to_server_;
  Instant now_;
  Session server_;
  Session client_;
  std::vector<Event> server_events_;
  std::vector<Event> client_events_;
  std::array<std::vector<Bytes>, 2> delivered_;
};

}  // namespace upptpd::session
