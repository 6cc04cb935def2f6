// The server's side of CHAP: challenges, asks for a verdict, says success or failure. RFC 1994
// section 4, with the values and messages of MS-CHAPv2 (RFC 2759 sections 3 to 6).
#pragma once

#include <string>

#include "auth/login_exchange.hpp"
#include "core/random_source.hpp"
#include "core/timer.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/restart_policy.hpp"

namespace upptpd::auth {

class ChapAuthenticator : public LoginExchange {
 public:
  struct Settings {
    /// Our name in the Challenge.
    std::string server_name;
    ppp::RestartPolicy policy;
    /// Of the Challenge; another one for each login on a link.
    std::uint8_t identifier = 1;
    /// How long whoever knows the users may take.
    Duration verdict_timeout = std::chrono::seconds(30);
  };

  /// Sends the Challenge.
  ChapAuthenticator(Settings settings, RandomSource& random, Instant now);

  void receive(View packet, Instant now) override;
  void answer(const LoginVerdict& verdict, Instant now) override;
  void advance(Instant now) override;
  [[nodiscard]] Deadline deadline() const override { return timer_.deadline(); }

 private:
  enum class Stage : std::uint8_t { challenging, verifying, decided };

  void send_challenge(Instant now);
  void receive_response(View value, View name, Instant now);
  void decide(ppp::Code code, const std::string& message);

  Settings settings_;
  RandomSource& random_;
  Stage stage_ = Stage::challenging;
  Timer timer_;
  unsigned challenges_sent_ = 0;
  MsChapV2Challenge challenge_{};
  LoginRequest request_;
  /// What was decided, for the client that repeats its Response because our word was lost.
  Bytes decision_;
};

}  // namespace upptpd::auth
