// The server's side of PAP: takes a name and a password in clear. RFC 1334 section 2.
#pragma once

#include <string>

#include "auth/login_exchange.hpp"
#include "core/timer.hpp"
#include "ppp/control_packet.hpp"

namespace upptpd::auth {

class PapAuthenticator : public LoginExchange {
 public:
  struct Settings {
    /// How long the client may take for its first Authenticate-Request.
    Duration request_timeout = std::chrono::seconds(30);
    /// How long whoever knows the users may take.
    Duration verdict_timeout = std::chrono::seconds(30);
  };

  PapAuthenticator(Settings settings, Instant now) : settings_(settings) {
    timer_.start(now + settings_.request_timeout);
  }

  [[nodiscard]] ppp::Protocol protocol() const override { return ppp::Protocol::pap; }
  void receive(View packet, Instant now) override;
  void answer(const LoginVerdict& verdict, Instant now) override;
  void advance(Instant now) override;
  [[nodiscard]] Deadline deadline() const override { return timer_.deadline(); }

 private:
  enum class Stage : std::uint8_t { waiting, verifying, decided };

  void refuse(LoginFailure failure);
  void decide(ppp::Code code, std::string_view message);
  void send_decision();

  Settings settings_;
  Stage stage_ = Stage::waiting;
  Timer timer_;
  std::string name_;
  /// Of the last request: the client draws a new one for each.
  std::uint8_t identifier_ = 0;
  ppp::Code decision_{};
  Bytes message_;
};

}  // namespace upptpd::auth
