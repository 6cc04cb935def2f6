// Why a call that we dialled did not come up, or ended: in words, and with the error that Windows
// would show.
#pragma once

#include <optional>
#include <string>

#include "client/dialed_call.hpp"

namespace upptpd::client {

/// Collects what a call has to say and explains its end.
class Diagnosis {
 public:
  /// `encryption` is what we require, in words.
  explicit Diagnosis(std::string encryption) : encryption_(std::move(encryption)) {}

  struct Explanation {
    /// What is the server's in it has been made printable.
    std::string sentence;
    /// None for an end that was wanted.
    std::optional<unsigned> windows_error;
  };

  void note(const DialedCall::Output& output);
  /// Whether the call has come to an end that can be explained.
  [[nodiscard]] bool knows_why() const { return finished_ || call_refused_ || closed_; }
  [[nodiscard]] Explanation explain() const;

 private:
  [[nodiscard]] Explanation explain_session(const session::Finished& finished) const;
  [[nodiscard]] Explanation explain_login() const;
  [[nodiscard]] Explanation explain_login_method() const;
  [[nodiscard]] Explanation explain_hang_up(const session::Finished& finished) const;
  [[nodiscard]] bool server_gave_up_on_link(const session::Finished& finished) const;

  std::string encryption_;
  std::optional<control::CallRefused> call_refused_;
  std::optional<control::CallDisconnected> call_disconnected_;
  std::optional<control::Closed> closed_;
  std::optional<session::Finished> finished_;
  bool link_established_ = false;
  std::optional<session::AuthenticationFailed> authentication_failed_;
  std::optional<session::AuthenticationRefused> authentication_refused_;
  std::optional<session::PeerTerminates> peer_terminates_;
};

/// The sentence for a code of RFC 2759 section 6 or a RAS error number.
std::string login_error_in_words(unsigned code);

}  // namespace upptpd::client
