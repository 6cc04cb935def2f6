// How a recorded client logged in, and what became of it.
#pragma once

#include "auth/login.hpp"
#include "capture.hpp"
#include "crypto/library.hpp"
#include "ppp/auth_method.hpp"
#include "recording.hpp"

namespace upptpd::replay {

struct RecordedLogin {
  /// In words, if the recording holds nothing that could be judged.
  std::string why_not{};
  /// None: client and server had no method in common, or none that we know.
  std::optional<ppp::AuthMethod> method{};
  /// The method that the client wanted instead, in words.
  std::string wanted{};
  std::string user{};
  /// CHAP: the challenge's value, and the identifier of challenge and response.
  Bytes challenge{};
  std::uint8_t identifier = 0;
  /// The value of CHAP's response, or PAP's password.
  Bytes proof{};
  /// The packet that was judged; none without a login.
  const RecordedPacket* response = nullptr;
  /// The text of the server's word on it, if one was recorded.
  std::optional<std::string> success{};
  std::optional<std::string> failure{};
};
RecordedLogin find_login(const Recording& recording);

/// The data of a PAP Authenticate-Ack or -Nak, or of a CHAP Success or Failure, as text.
std::string text_of_verdict(ppp::Protocol protocol, View data);

/// The password of the client, if the proof itself says that this one of `logins` is right: PAP and
/// CHAP-MD5. The others are for our server to verify.
std::optional<std::string> password_that_fits(const crypto::Library& library,
                                              const RecordedLogin& login,
                                              const std::vector<Login>& logins);

/// What our server must say to the recorded proof.
enum class ExpectedVerdict {
  accepted,
  refused,
  /// The recorded server refused what is right, for a reason of its own.
  either
};
ExpectedVerdict expected_verdict(const RecordedLogin& login, bool password_fits);

}  // namespace upptpd::replay
