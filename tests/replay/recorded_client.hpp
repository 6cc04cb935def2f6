// The client's side of a recorded call, made to react: what it sent goes out again when its cause
// has happened, as recorded but for identifiers and call ids.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/queue.hpp"
#include "core/timer.hpp"
#include "gre/header.hpp"
#include "recorded_login.hpp"
#include "recorded_outcome.hpp"
#include "recorded_protocol.hpp"

namespace upptpd::replay {

class RecordedClient {
 public:
  struct SendControl {
    Bytes message;
  };
  struct SendGre {
    Bytes packet;
  };
  using Output = std::variant<SendControl, SendGre>;

  /// `password`: known to be what the recorded login was made with. Both that are passed by
  /// reference must outlive this.
  RecordedClient(const crypto::Library& library, const Recording& recording,
                 std::optional<std::string> password);

  /// Opens the control connection.
  void start();
  /// One whole control message.
  void receive_control(View message, Instant now);
  void receive_gre(View packet, Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const {
    return earlier(ppp_start_.deadline(), next_data_.deadline());
  }
  /// Ends the call, as the recorded client did.
  void end(const RecordedEnd& end);
  std::optional<Output> next_output() { return outputs_.pop(); }

  /// What it has come to.
  struct Progress {
    /// The text of the server's Success or Failure.
    std::optional<std::string> success;
    std::optional<std::string> failure;
    bool data_sent = false;
    unsigned reset_requests_received = 0;
    /// The server has sent an LCP Terminate-Request.
    bool terminated = false;
    unsigned data_frames_received = 0;
    /// What no client would put up with, in words; empty if nothing.
    std::string complaint;
  };
  [[nodiscard]] const Progress& progress() const { return progress_; }
  /// How far it got, in words, for one that got stuck.
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] unsigned rebuilt_requests() const;
  /// Whether a protocol was asked again that was open, which makes a client start it anew.
  [[nodiscard]] bool disturbed() const;

 private:
  void receive_frame(ppp::Protocol protocol, View packet);
  void receive_lcp(const ppp::ControlPacket& packet);
  void receive_login(ppp::Protocol protocol, const ppp::ControlPacket& packet);
  void receive_challenge(const ppp::ControlPacket& packet);
  void receive_reset_request(const ppp::ControlPacket& packet);
  bool reject(ppp::Protocol protocol, View packet);
  void negotiate(ppp::Protocol protocol, const ppp::ControlPacket& packet);
  void lcp_opened();
  void log_in();
  void logged_in();
  void layers_changed(Instant now);
  [[nodiscard]] bool encryption_settled() const;
  void send_data(Instant now);
  void clear_call();

  void send_link_info(const Bytes& recorded);
  void send_packet(ppp::Protocol protocol, View packet);
  void send_frame(View header, View packet);
  void complain(const std::string& sentence);

  const crypto::Library& library_;
  const Recording& recording_;
  RecordedLogin login_;
  std::optional<std::string> password_;
  std::vector<const RecordedPacket*> data_;
  std::map<ppp::Protocol, RecordedProtocol> protocols_;
  /// The protocols that begin when the login is through, in the recorded order.
  std::vector<ppp::Protocol> after_login_;
  OutputQueue<Output> outputs_;
  Progress progress_;

  bool call_requested_ = false;
  std::optional<std::uint16_t> server_call_id_;
  /// Until it has expired, what comes is thrown away, as Windows does.
  Timer ppp_start_;
  bool ppp_runs_ = false;
  bool lcp_opened_ = false;
  bool logged_in_ = false;
  bool connected_ = false;
  /// When the next of the data is due, if there is any.
  Timer next_data_;
  std::size_t data_packets_sent_ = 0;

  gre::SequenceNumber next_sequence_;
  std::optional<gre::SequenceNumber> acknowledge_;
};

}  // namespace upptpd::replay
