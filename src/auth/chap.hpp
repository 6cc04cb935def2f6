// The server's side of CHAP: challenges, asks for a verdict, says success or failure. RFC 1994
// section 4, with the values and messages of MS-CHAPv2 (RFC 2759 sections 3 to 6).
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "auth/login.hpp"
#include "core/queue.hpp"
#include "core/random_source.hpp"
#include "core/timer.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/restart_policy.hpp"

namespace upptpd::auth {

class ChapAuthenticator {
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

  struct Send {
    Bytes packet;
  };
  /// Answer with `answer`.
  struct Verify {
    LoginRequest request;
  };
  struct Succeeded {
    std::string user;
    KeyMaterial keys;
  };
  struct Failed {
    std::string name;  // as sent
    LoginFailure failure;
    unsigned code;  // as the client shows it to its user
  };
  /// The client never answered the Challenge.
  struct NoResponse {};
  using Output = std::variant<Send, Verify, Succeeded, Failed, NoResponse>;

  /// Sends the Challenge.
  ChapAuthenticator(Settings settings, RandomSource& random, Instant now);

  void receive(View packet, Instant now);
  void answer(const LoginVerdict& verdict, Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const { return timer_.deadline(); }
  std::optional<Output> next_output() { return outputs_.pop(); }

 private:
  enum class Stage : std::uint8_t { challenging, verifying, decided };

  void send_challenge(Instant now);
  void receive_response(View value, View name, Instant now);
  void decide(ppp::Code code, const std::string& message);

  Settings settings_;
  RandomSource& random_;
  OutputQueue<Output> outputs_;
  Stage stage_ = Stage::challenging;
  Timer timer_;
  unsigned challenges_sent_ = 0;
  MsChapV2Challenge challenge_{};
  LoginRequest request_;
  /// What was decided, for the client that repeats its Response because our word was lost.
  Bytes decision_;
};

}  // namespace upptpd::auth
