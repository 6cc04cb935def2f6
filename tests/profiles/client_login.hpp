// How a scripted client logs in: PAP (RFC 1334), CHAP-MD5 (RFC 1994), MS-CHAPv1 (RFC 2433),
// MS-CHAPv2 with its password change (RFC 2759).
#pragma once

#include <string>

#include "auth/password_change.hpp"
#include "mppe/master_keys.hpp"
#include "ppp/control_packet.hpp"
#include "profile.hpp"

namespace upptpd::profiles {

class ClientLogin {
 public:
  ClientLogin(const crypto::Library& library, LoginSide side)
      : library_(library), side_(std::move(side)) {}

  /// What the client says first, if this is its turn to speak. The packet is one of PAP.
  std::optional<Bytes> begin(ppp::AuthMethod method);
  /// A packet of the login's protocol; what is to be answered, if anything.
  std::optional<Bytes> receive(View packet);

  enum class State : std::uint8_t {
    waiting,
    answered,
    succeeded,
    refused,
    /// The server said that it was right, but not so that this client believes it.
    distrusts
  };
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::uint16_t protocol() const;
  /// What was sent last, for who waits in vain.
  [[nodiscard]] const Bytes& last_sent() const { return last_sent_; }
  /// What the server said about each attempt.
  [[nodiscard]] const std::vector<std::string>& verdicts() const { return verdicts_; }
  [[nodiscard]] unsigned challenges() const { return challenges_; }

  /// Nothing where the login left no keys.
  [[nodiscard]] std::optional<mppe::StartKeys> keys(mppe::Strength strength) const;

 private:
  std::optional<Bytes> receive_pap(const ppp::ControlPacket& packet);
  std::optional<Bytes> receive_challenge(const ppp::ControlPacket& packet);
  std::optional<Bytes> receive_failure(const std::string& message);
  bool believes(const std::string& message) const;
  Bytes respond();
  Bytes response_value();
  Bytes response_by_v1();
  Bytes response_by_v2();
  Bytes change_password();
  [[nodiscard]] auth::MsChapV2Challenge peer_challenge() const;
  void prove(const auth::NtHash& hash, auth::NtResponse& response);
  Bytes send(std::uint8_t code, View data);
  [[nodiscard]] const std::string& password() const { return side_.passwords[attempt_]; }

  const crypto::Library& library_;
  LoginSide side_;
  ppp::AuthMethod method_{};
  State state_ = State::waiting;
  std::size_t attempt_ = 0;
  std::uint8_t identifier_ = 0;
  Bytes challenge_;
  Bytes last_sent_;
  std::vector<std::string> verdicts_;
  unsigned challenges_ = 0;

  Secret<16> hash_hash_;
  Secret<16> lm_hash_;
  auth::NtResponse nt_response_{};
  /// Of the login that the keys are made from: the first.
  Bytes key_challenge_;
  bool keys_fixed_ = false;
  std::string expected_success_;
};

}  // namespace upptpd::profiles
