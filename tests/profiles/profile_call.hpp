// One whole call in virtual time: a scripted client against our server's pure machines, over a
// network that takes a given time one way. Says where the time went.
#pragma once

#include <functional>
#include <queue>

#include "profile_client.hpp"
#include "support/crypto_library.hpp"
#include "support/ip_packet.hpp"
#include "support/pure_server.hpp"
#include "support/random_sources.hpp"

namespace upptpd::profiles {

/// What a moment was waited for: along the chain of packets and timers that led to it.
struct Waits {
  unsigned trips = 0;  // one way
  Duration network{};
  Duration client{};
  Duration server{};

  friend Waits operator-(Waits a, const Waits& b) {
    return {a.trips - b.trips, a.network - b.network, a.client - b.client, a.server - b.server};
  }
  [[nodiscard]] Duration total() const { return network + client + server; }
};

/// What the server is told to do.
struct Policy {
  const char* name = "";
  auth::LoginRules rules{};
  unsigned retries = 0;
  bool password_change = false;
};

/// MS-CHAPv2, MPPE-128 stateless, required: what upptpd does if nobody says otherwise.
Policy default_policy();
/// Every method, every strength, stateful too; encryption required.
Policy legacy_policy();
/// The same, but packets pass in clear where the client does not encrypt.
Policy open_policy();

class ProfileCall {
 public:
  static constexpr const char* kClientAddress = "10.0.0.2";
  static constexpr const char* kServerAddress = "10.0.0.1";
  static constexpr const char* kDnsAddress = "10.0.0.53";

  ProfileCall(Profile profile, const Policy& policy,
              Duration latency = std::chrono::milliseconds(10), std::uint32_t seed = 7);

  /// Until it holds, nothing is left to happen, or the time is over. Whether it holds.
  bool run_until(const std::function<bool()>& condition, Duration time = std::chrono::seconds(120));
  void run_for(Duration time);
  /// Until both sides are connected.
  bool connect();
  [[nodiscard]] bool connected() const;
  /// Until the server's session has ended, and the control connection; and some seconds more.
  bool run_to_end();

  /// Sends one IP packet each way, and says what came of it: empty if both arrived as they were.
  std::string exchange_packets(std::size_t size = 60);

  ProfileClient& client() { return client_; }
  PureServer& server() { return server_; }
  [[nodiscard]] const PureServer::Progress& progress() const { return server_.progress(); }
  [[nodiscard]] Instant now() const { return now_; }
  /// What the test did to client or server directly goes out.
  void drain();
  /// Octets as if from the client: a PPP frame in GRE goes the way of its others.
  void inject_frame(Bytes frame);

  /// From the Outgoing-Call-Reply's arrival to the moment when both sides were connected.
  [[nodiscard]] Waits connect_time() const { return connected_by_ - answered_by_; }
  /// Up to the Outgoing-Call-Reply.
  [[nodiscard]] Waits time_before_call() const { return answered_by_; }

  template <class Kind>
  std::vector<Kind> events() const {
    std::vector<Kind> found;
    for (const session::Event& event : progress().events) {
      if (const auto* one = std::get_if<Kind>(&event)) found.push_back(*one);
    }
    return found;
  }

  /// What is done to a PPP frame for the client on its way.
  std::function<void(MutableView)> tamper;
  /// Whether a GRE packet is lost on its way.
  std::function<bool(bool to_server)> loses;

 private:
  enum class Way : std::uint8_t { control, gre, close };
  struct Side {
    /// The chain that led to what it did last, and when that was.
    Waits waits{};
    Instant last{};
  };
  struct OnItsWay {
    Instant arrives;
    bool to_server;
    Way way;
    Bytes octets;
    Waits waits;
  };

  bool step(Instant end);
  void deliver(OnItsWay item);
  void deliver_to_server(const OnItsWay& item);
  void deliver_to_client(OnItsWay& item);
  void post(bool to_server, Way way, Bytes octets);
  void note_progress();
  void time_passes(Side& side, Duration Waits::*waited);

  Policy policy_;
  Duration latency_;
  Instant now_{};
  SeededRandom random_;
  auth::SecretsFile users_;
  PureServer server_;
  ProfileClient client_;
  std::queue<OnItsWay> on_their_way_;
  Side server_side_;
  Side client_side_;
  Waits answered_by_{};
  Waits connected_by_{};
  bool was_answered_ = false;
  bool was_connected_ = false;
  unsigned long steps_ = 0;
};

}  // namespace upptpd::profiles
