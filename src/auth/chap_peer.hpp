// The client's side of CHAP with MS-CHAPv2: answers challenges, and checks that the server knows
// the password too. RFC 1994 section 4, RFC 2759.
#pragma once

#include <optional>
#include <string>

#include "auth/login_exchange.hpp"
#include "core/random_source.hpp"
#include "core/timer.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/restart_policy.hpp"

namespace upptpd::auth {

class ChapPeer : public LoginExchange {
 public:
  struct Settings {
    Credentials credentials;
    ppp::RestartPolicy policy;
    /// How long the server may take for its first Challenge.
    Duration challenge_timeout = std::chrono::seconds(30);
  };

  /// `library` must outlive this.
  ChapPeer(Settings settings, const crypto::Library& library, RandomSource& random, Instant now);

  void receive(View packet, Instant now) override;
  void advance(Instant now) override;
  [[nodiscard]] Deadline deadline() const override { return timer_.deadline(); }

 private:
  enum class Stage : std::uint8_t { awaiting_challenge, responded, succeeded, failed };

  void receive_challenge(std::uint8_t identifier, View data, Instant now);
  void respond(std::uint8_t identifier, const MsChapV2Challenge& challenge, Instant now);
  void send_response(Instant now);
  void receive_success(View message);
  void receive_failure(View message);
  void fail_with(LoginFailure failure, unsigned code, std::string text);

  Settings settings_;
  const crypto::Library& library_;
  RandomSource& random_;
  Stage stage_ = Stage::awaiting_challenge;
  Timer timer_;
  unsigned responses_sent_ = 0;
  bool ever_succeeded_ = false;
  std::uint8_t identifier_ = 0;
  MsChapV2Challenge challenge_{};
  Bytes response_;
  /// What the server has to say to have known the password: S= and 40 digits.
  std::string proof_;
  KeyMaterial keys_;
};

}  // namespace upptpd::auth
