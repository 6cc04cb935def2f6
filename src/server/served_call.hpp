// One call and all that was taken from the system for it: call id, address, route. Address and
// route are free when the session ends, the call id rests from the end of the call.
#pragma once

#include <chrono>
#include <optional>
#include <set>

#include "server/call_hooks.hpp"
#include "server/client_network.hpp"
#include "server/services.hpp"

namespace upptpd::server {

class ServedCall {
 public:
  /// How long the client of an earlier session has to show that it lives when its user logs in once
  /// more and auth.same_user is "deny". A reply takes a round trip, and clients wait longer than
  /// this before they repeat their Response.
  static constexpr Duration kSignOfLifeTime = std::chrono::seconds(2);

  struct Outer {
    ConnectionId connection;
    PeerCallId peer_call_id;
    Ipv4Address peer;
    Ipv4Address local;
    /// What the control connection has told.
    session::ClientTraits client;
  };

  ServedCall(Services& services, CallId id, const Outer& outer, Instant now);
  ServedCall(const ServedCall&) = delete;
  ServedCall& operator=(const ServedCall&) = delete;
  ~ServedCall();

  /// A GRE packet with our call id. Dropped if it is not from the control connection's peer.
  void receive(Packet packet, const gre::Header& header, Instant now);
  /// An IP packet for the client.
  void send(Packet packet) { session_.send(std::move(packet)); }
  void link_info_received(Instant now);
  void hang_up(session::Cause cause, Instant now, std::string detail = {});
  void cleared(session::Cause cause, Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;
  /// Takes what the session has to say, after packets of its own that have waited.
  void drain(Instant now);
  /// Counts a packet of the client's that somebody else has dropped.
  void refuse(const session::DataPath::Refusal& refusal, Instant now);

  [[nodiscard]] CallId id() const { return id_; }
  [[nodiscard]] ConnectionId connection() const { return outer_.connection; }
  [[nodiscard]] bool finished() const { return session_.finished(); }
  /// Why it has finished.
  [[nodiscard]] std::optional<session::Cause> end() const { return end_; }

  /// Since when traffic flows; none before, and none after the end.
  [[nodiscard]] std::optional<Instant> connected_since() const { return connected_since_; }
  /// Empty while nobody has logged in, and for good where nobody is asked to.
  [[nodiscard]] const std::string& user() const { return user_; }
  /// Whether it got past the login.
  [[nodiscard]] bool got_in() const { return got_in_.has_value(); }
  /// Which client it is, as far as is known: "Windows 2000".
  [[nodiscard]] const std::string& client_name() const { return recognised_.client; }
  /// The name that the client's computer gives itself.
  [[nodiscard]] const std::string& computer() const { return recognised_.computer; }
  [[nodiscard]] ppp::AuthMethod method() const { return method_; }
  [[nodiscard]] const std::optional<ppp::EncryptionModes>& encryption() const {
    return encryption_;
  }
  [[nodiscard]] Ipv4Address peer() const { return outer_.peer; }
  [[nodiscard]] Ipv4Address client() const {
    return network_ ? network_->address() : Ipv4Address();
  }
  [[nodiscard]] const session::Statistics& statistics() const { return session_.statistics(); }

 private:
  void verify(const auth::LoginRequest& request, Instant now);
  bool give_up_refusal(Instant now);
  [[nodiscard]] auth::LoginVerdict judge(const auth::LoginRequest& request, Instant now);
  [[nodiscard]] Duration punish(auth::LoginFailure failure, const std::string& name, Instant now);
  bool probe_others_of(const std::string& user, Instant now);
  void decide_login(Instant now);
  void end_others(const auth::SecretsEntry& entry, Instant now);
  void supersede(Instant now);
  [[nodiscard]] Instant last_sign_of_life() const;
  template <class Visitor>
  void for_each_other_of(const std::string& user, Visitor visit);
  [[nodiscard]] bool store_password(const std::string& name, const SecretString& password);
  void assign_address(Instant now);
  Result<void> take_address(const auth::SecretsEntry& entry,
                            const std::set<Ipv4Address>& fixed_addresses);
  void tell_address(const auth::SecretsEntry& entry, Instant now);
  void ask_pre_up(const ppp::IpAssignment& assignment, session::ClientNetworks networks);
  void give_back();
  void note(const session::Event& event, Instant now);
  void note_fragment(const PacketBuffer& packet);
  [[nodiscard]] HookFacts hook_facts() const;

  /// A login that is right, while it is open whether the user's earlier sessions live; or one that
  /// is not, whose refusal is held back.
  struct WaitingLogin {
    std::string name;
    auth::LoginVerdict verdict;
    Instant since;
    Instant until;
  };

  Services& services_;
  CallId id_;
  Outer outer_;
  session::Session session_;
  observe::Verdict verdict_;
  /// Of who has logged in, as the client sent it: what the entry of the secrets file was found by.
  std::string login_name_;
  std::string user_;
  std::optional<WaitingLogin> waiting_login_;
  std::optional<Instant> got_in_;
  ppp::AuthMethod method_ = ppp::AuthMethod::none;
  session::PeerRecognised recognised_;
  std::optional<ppp::EncryptionModes> encryption_;
  /// Octets of the largest IP packet that the client takes.
  unsigned peer_mtu_ = 0;
  std::unique_ptr<ClientNetwork> network_;
  /// Of those for an address, the one that may be answered yet.
  unsigned address_request_ = 0;
  CallHooks hooks_;
  bool fragments_told_ = false;
  std::optional<Instant> connected_since_;
  std::optional<session::Cause> end_;
};

}  // namespace upptpd::server
