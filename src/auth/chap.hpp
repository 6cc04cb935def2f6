// The server's side of CHAP: challenges, asks for a verdict, says success or failure. RFC 1994
// section 4, with the retries and the password change of RFC 2759 sections 6 and 7.
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
    /// CHAP-MD5 or one of MS-CHAP.
    ppp::AuthMethod method = ppp::AuthMethod::ms_chap_v2;
    /// Our name in the Challenge.
    std::string server_name;
    ppp::RestartPolicy policy;
    /// Of the first Challenge; another one for each login on a link.
    std::uint8_t identifier = 1;
    /// How long whoever knows the users may take.
    Duration verdict_timeout = std::chrono::seconds(30);
    /// From a success to the next Challenge; zero: there is none.
    Duration rechallenge{};
    /// How often the client may try another password (MS-CHAP).
    unsigned retries = 0;
    /// Whether a client whose password has expired may choose another one (MS-CHAPv2), once.
    bool password_change = false;
    /// How long its user may take for either.
    Duration user_timeout = std::chrono::seconds(45);
  };

  /// Sends the Challenge.
  ChapAuthenticator(Settings settings, RandomSource& random, Instant now);

  void receive(View packet, Instant now) override;
  void answer(const LoginVerdict& verdict, Instant now) override;
  void advance(Instant now) override;
  [[nodiscard]] Deadline deadline() const override { return timer_.deadline(); }

 private:
  enum class Stage : std::uint8_t {
    challenging,
    verifying,
    succeeded,
    offering_retry,   // the Failure said that another Response may come
    offering_change,  // the Failure said that a Change-Password may come
    failed
  };

  void begin_challenge(Instant now);
  void send_challenge(Instant now);
  void receive_response(const ppp::ControlPacket& packet, Instant now);
  void receive_change(const ppp::ControlPacket& packet, Instant now);
  void verify(const ppp::ControlPacket& packet, LoginProof proof, Instant now);
  void repeat_decision();
  void succeed(const LoginAccepted& accepted, Instant now);
  void refuse(LoginFailure failure, Instant now);
  void decide(ppp::Code code, const std::string& message);
  void draw_challenge();
  [[nodiscard]] bool is_answer_to_offer(std::uint8_t identifier) const;

  Settings settings_;
  RandomSource& random_;
  Stage stage_ = Stage::challenging;
  Timer timer_;
  unsigned challenges_sent_ = 0;
  std::uint8_t challenge_identifier_ = 0;
  Bytes challenge_;
  std::string name_;
  LoginFailure failure_ = LoginFailure::wrong_password;
  /// What was last judged, and what was said: for the client that repeats it because our word was
  /// lost. Both carry this identifier.
  Bytes judged_;
  Bytes decision_;
  std::uint8_t judged_identifier_ = 0;
};

}  // namespace upptpd::auth
