// Our server's pure machines, joined as the shell joins them, but without sockets: one control
// connection and its one call.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "auth/local_verifier.hpp"
#include "control/control_connection.hpp"
#include "recording.hpp"
#include "session/session.hpp"

namespace upptpd::replay {

/// Gives out what the recorded server drew: 16 octets are its challenge, 4 its magic number.
/// Whatever is asked for after that differs each time.
class RecordedRandomness : public RandomSource {
 public:
  RecordedRandomness(const auth::MsChapV2Challenge& challenge, std::optional<std::uint32_t> magic)
      : challenge_(challenge), magic_(magic) {}
  void fill(MutableView out) override;

 private:
  std::optional<auth::MsChapV2Challenge> challenge_;
  std::optional<std::uint32_t> magic_;
  std::uint32_t counter_ = 0x5a5a0000;
};

class OurServer {
 public:
  struct SendControl {
    Bytes message;
  };
  struct SendGre {
    Bytes packet;
  };
  using Output = std::variant<SendControl, SendGre>;

  /// Everything must outlive this.
  OurServer(const crypto::Library& library, const Recording& recording,
            const auth::SecretsFile& users, Instant now);

  void receive_control(View octets, Instant now);
  void receive_gre(View octets, Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;
  std::optional<Output> next_output() { return outputs_.pop(); }

  /// What it has come to.
  struct Progress {
    std::optional<auth::LoginVerdict> verdict{};
    std::optional<Instant> connected{};
    std::optional<session::Finished> finished{};
    /// The IP packets for the network, in order.
    std::vector<Bytes> delivered{};
    session::Statistics statistics{};
  };
  [[nodiscard]] const Progress& progress() const { return progress_; }

 private:
  void drain(Instant now);
  void drain_control(Instant now);
  void drain_session(Instant now);
  void drain_traffic();
  void start_session(const control::CallRequested& request, Instant now);
  void take_event(const session::Event& event, Instant now);

  const crypto::Library& library_;
  const auth::SecretsFile& users_;
  CallId call_id_;
  ppp::IpAssignment assignment_;
  RecordedRandomness random_;
  auth::LocalVerifier verifier_;
  PacketPool pool_;
  session::Traffic traffic_;
  control::ControlConnection control_;
  std::optional<session::Session> session_;
  OutputQueue<Output> outputs_;
  Progress progress_;
};

}  // namespace upptpd::replay
