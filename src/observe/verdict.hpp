// Why a connection failed, for a person: what was expected, what came, and the number that Windows
// shows.
#pragma once

#include <optional>
#include <string>

#include "session/events.hpp"

namespace upptpd::observe {

/// Collects what one session's events tell and explains its end.
class Verdict {
 public:
  struct Explanation {
    /// May hold octets of the client's: Line escapes them.
    std::string sentence;
    /// The RAS error that the client's user most likely sees (docs/errors.md); none for an ordinary
    /// end.
    std::optional<unsigned> windows_error;
  };

  void note(const session::Event& event);
  [[nodiscard]] Explanation explain(const session::Finished& finished) const;

 private:
  [[nodiscard]] std::string login_failure() const;
  [[nodiscard]] Explanation login_refusal() const;
  [[nodiscard]] Explanation encryption_refusal() const;
  [[nodiscard]] bool client_gave_up_on_link(const session::Finished& finished) const;
  [[nodiscard]] Explanation hang_up(const session::Finished& finished) const;

  std::optional<session::AuthenticationFailed> authentication_failed_;
  std::optional<session::AuthenticationRefused> authentication_refused_;
  std::optional<session::EncryptionRefused> encryption_refused_;
  std::optional<session::AddressUnavailable> address_unavailable_;
  std::optional<session::PeerTerminates> client_terminates_;
  bool link_established_ = false;
};

}  // namespace upptpd::observe
