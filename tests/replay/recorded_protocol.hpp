// One control protocol of a recorded client: its requests in their order, and its opinion about its
// server's.
#pragma once

#include <optional>
#include <vector>

#include "recording.hpp"

namespace upptpd::replay {

/// Says what the recorded client said, but each thing when its cause has happened.
class RecordedProtocol {
 public:
  RecordedProtocol(const Recording& recording, ppp::Protocol protocol);

  /// Whether the recorded client ever wanted this protocol.
  [[nodiscard]] bool has_requests() const { return !requests_.empty(); }
  /// Whether it began only when encryption was agreed on, as pppd does.
  [[nodiscard]] bool waits_for_ccp() const { return waits_for_ccp_; }
  [[nodiscard]] bool started() const { return started_; }

  /// The first Configure-Request.
  Bytes start();
  /// The packets that answer this one.
  std::vector<Bytes> receive(const ppp::ControlPacket& packet);
  /// The server does not speak this protocol, or ends it.
  void give_up() { given_up_ = true; }
  [[nodiscard]] bool given_up() const { return given_up_; }

  /// Both sides have acknowledged.
  [[nodiscard]] bool opened() const { return ours_agreed_ && theirs_agreed_; }
  /// The options of the server's that were acknowledged last.
  [[nodiscard]] const Bytes& accepted() const { return accepted_; }
  /// How many requests the recorded client never sent, because its server never answered so.
  [[nodiscard]] unsigned rebuilt() const { return rebuilt_; }
  /// How often the server asked an open protocol, which makes a client start again.
  [[nodiscard]] unsigned disturbed() const { return disturbed_; }

 private:
  struct Request {
    std::uint8_t identifier = 0;
    Bytes options;
  };
  /// An option that the recorded client refused, and (Nak) what it wanted instead.
  struct Refusal {
    std::uint8_t type = 0;
    Bytes offered;
    std::optional<Bytes> better;
  };

  void learn_requests(const Recording& recording);
  void learn_refusals(const Recording& recording);
  void learn_acceptances(const Recording& recording);
  void learn_agreement(const Recording& recording);
  [[nodiscard]] std::optional<Refusal> refusal_of(const ppp::Option& option) const;
  [[nodiscard]] std::optional<Refusal> refusal_of_login(const ppp::Option& option) const;
  [[nodiscard]] std::optional<Refusal> refusal_of_mppe(const ppp::Option& option) const;
  [[nodiscard]] std::optional<std::uint32_t> mppe_request() const;
  [[nodiscard]] Bytes better_mppe(View suggested) const;

  [[nodiscard]] Bytes answer(const ppp::ControlPacket& request);
  Bytes next_request(const ppp::ControlPacket& refused);
  Bytes rebuild_request(const ppp::ControlPacket& refused);
  [[nodiscard]] Bytes send(const Request& request);

  ppp::Protocol protocol_;
  std::vector<Request> requests_;
  std::vector<Refusal> refusals_;
  std::vector<std::pair<std::uint8_t, Bytes>> acceptances_;
  /// The request of the client's that the recorded server acknowledged last.
  Bytes agreed_;
  bool waits_for_ccp_ = false;
  std::uint8_t next_free_identifier_ = 0;

  std::size_t next_ = 0;
  Request sent_;
  bool started_ = false;
  bool ours_agreed_ = false;
  bool theirs_agreed_ = false;
  bool given_up_ = false;
  Bytes accepted_;
  unsigned rebuilt_ = 0;
  unsigned disturbed_ = 0;
};

}  // namespace upptpd::replay
