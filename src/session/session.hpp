// One call, composed: GRE tunnel, PPP link, data path. The only place where the protocols' folders
// meet.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "gre/tunnel.hpp"
#include "ip/dhcp_answer.hpp"
#include "session/data_path.hpp"
#include "session/events.hpp"
#include "session/ppp_link.hpp"

namespace upptpd::session {

class Session;

/// Packets on their way out of a session: whole GRE packets for the peer, IP packets for the
/// network. The worker that owns it sends and clears both after each round.
struct Traffic {
  /// Some may be waiting for their encryption.
  PacketBatch to_peer;
  PacketBatch to_network;

  /// A packet that waits for its decryption, with the call that it came on.
  struct Opened {
    Packet packet;
    Session* session;
  };
  std::vector<Opened> opened;
};

/// What a session needs from its worker; everything outlives it.
struct Environment {
  const crypto::Library& library;
  RandomSource& random;
  PacketPool& pool;
  Traffic& traffic;
  /// Null: each packet is encrypted and decrypted at once.
  CipherBatches* cipher = nullptr;

  /// Decrypts what waits for it, and passes it on. To be called after each input to sessions,
  /// before one of them goes.
  void decrypt_opened(Instant now) const;
  /// Encrypts what waits for it in `traffic.to_peer`: before that is sent.
  void encrypt_waiting() const {
    if (cipher != nullptr) cipher->send.run();
  }
};

/// What is known of a client's place in the network beside its address.
struct ClientNetworks {
  /// Behind it, so that packets may come from there.
  std::vector<Ipv4Network> behind;
  /// Where its packets may go; empty: everywhere.
  std::vector<Ipv4Network> allowed;
};

class Session {
 public:
  struct Settings {
    PppLink::Settings link;
    /// Whether TCP connections are kept to segments that fit into the tunnel.
    bool mss_clamp = false;
    /// What a client is told by DHCP; null: nothing, and its DHCP passes.
    std::shared_ptr<const ip::DhcpSettings> dhcp;
    PeerCallId peer_call_id;
    /// The outer addresses.
    Ipv4Address peer;
    Ipv4Address local;
  };

  using VerifyLogin = PppLink::VerifyLogin;
  using AssignAddress = PppLink::AssignAddress;
  /// Requests to the owner, to be answered with `login_verdict`, `address_assigned` or
  /// `address_refused`, and events.
  using Output = std::variant<VerifyLogin, AssignAddress, Event>;

  Session(Settings settings, Environment environment, Instant now);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// A GRE packet for this call from its peer, with the parsed `header` still in front.
  void receive(Packet packet, const gre::Header& header, Instant now);
  /// One of `Traffic::opened` is decrypted.
  void arrived(Packet packet, Instant now) {
    pass_on(std::move(packet), ppp::Protocol::compressed, now);
  }
  /// An IP packet for the peer.
  void send(Packet packet);

  /// Set-Link-Info came: only the first one means anything here.
  void link_info_received(Instant now);
  void login_verdict(const auth::LoginVerdict& verdict, Instant now);
  void address_assigned(const ppp::IpAssignment& assignment, Instant now,
                        ClientNetworks networks = {});
  void address_refused(const std::string& why, Instant now);

  /// Ends in good order: tells the peer first, and is finished when it answers or doesn't.
  void hang_up(Cause cause, Instant now, std::string detail = {});
  /// The control connection has ended the call: finished at once. After `hang_up` the cause given
  /// there is the one that counts.
  void call_cleared(Cause cause, Instant now);
  /// Asks a peer that may be gone for a sign of life: `last_heard` tells whether one came.
  void probe(Instant now);
  [[nodiscard]] Instant last_heard() const { return link_.last_heard(); }

  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;
  std::optional<Output> next_output() { return outputs_.pop(); }

  /// Counts a packet that our owner dropped for us.
  void drop(DropReason reason) { statistics_.drops.add(reason); }
  /// The same for one that the client must not send where it wants to.
  void refuse(const DataPath::Refusal& refusal);
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  [[nodiscard]] mppe::Role role() const {
    return settings_.link.we_are_client() ? mppe::Role::client : mppe::Role::server;
  }
  void receive_frames(Instant now);
  void receive_frame(Packet frame, Instant now);
  void pass_on(Packet packet, ppp::Protocol protocol, Instant now);
  void consider_missing(Instant now);
  void drain_link(Instant now);
  void encryption_up(const EncryptionUp& up);
  void network_up(const NetworkUp& up, Instant now);
  void answer(const ip::DhcpInform& inform);
  void tell_refusal();
  void send_frame(const SendFrame& frame);
  void transmit(Packet frame);
  void acknowledge_if_due(Instant now);
  void finish(Cause cause, std::string detail, Instant now);

  Settings settings_;
  Environment environment_;
  Instant started_;
  gre::Tunnel tunnel_;
  PppLink link_;
  DataPath data_path_;
  ClientNetworks networks_;
  bool settings_told_ = false;
  Statistics statistics_;
  OutputQueue<Output> outputs_;
  PacketBatch frames_;  // scratch, so that receiving does not allocate
  bool any_frame_received_ = false;
  bool link_info_seen_ = false;
  bool connected_ = false;
  bool finished_ = false;
};

}  // namespace upptpd::session
