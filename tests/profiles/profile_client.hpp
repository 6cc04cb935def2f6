// A scripted client: the control connection, the GRE tunnel and the PPP link of one row.
#pragma once

#include "client_link.hpp"
#include "control/message_stream.hpp"
#include "gre/header.hpp"

namespace upptpd::profiles {

class ProfileClient {
 public:
  /// TCP is connected.
  ProfileClient(const crypto::Library& library, Profile profile);

  void receive_control(View octets, Instant now);
  void receive_gre(View packet, Instant now);
  /// The server has closed the TCP connection.
  void control_closed();
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;

  /// Its user has enough; what follows is the row's `end`.
  void hang_up(Instant now);
  void send_ip(View packet, Instant now);

  struct SendControl {
    Bytes message;
  };
  struct SendGre {
    Bytes packet;
  };
  /// It closes its TCP connection.
  struct Close {};
  using Output = std::variant<SendControl, SendGre, Close>;
  std::optional<Output> next_output() { return outputs_.pop(); }

  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] bool connected() const { return link_ && link_->connected(); }
  /// Once, when the call is answered.
  [[nodiscard]] bool call_answered() const { return link_.has_value(); }
  [[nodiscard]] bool closed() const { return closed_; }
  /// Said goodbye as its kind does, and was answered.
  [[nodiscard]] bool ended_in_order() const { return ended_in_order_; }
  /// There must have been an answered call.
  ClientLink& link() { return link_.value(); }
  [[nodiscard]] const ClientLink& link() const { return link_.value(); }
  [[nodiscard]] std::vector<std::string> flaws() const;
  /// What the test did to the link directly goes out.
  void drain(Instant now);

 private:
  void handle(const control::Message& message, Instant now);
  void send(const control::Message& message);
  void send_link_info(std::uint32_t send_accm);
  void link_over(Instant now);
  void close();
  void wrap(View frame);
  void acknowledge();

  const crypto::Library& library_;
  Profile profile_;
  OutputQueue<Output> outputs_;
  control::MessageStream stream_;
  control::ReceiverCallId server_call_id_{};
  std::optional<ClientLink> link_;
  Timer call_timer_;
  /// From the end of the link to the Call-Clear-Request.
  Timer clear_timer_;
  bool silent_ = false;
  bool closed_ = false;
  bool ended_in_order_ = false;

  std::uint32_t next_sequence_ = 0;
  std::optional<gre::SequenceNumber> highest_received_{};
  bool owes_acknowledgment_ = false;
  bool anything_sent_ = false;
  Timer acknowledgment_timer_;
  std::vector<std::string> flaws_;
};

}  // namespace upptpd::profiles
