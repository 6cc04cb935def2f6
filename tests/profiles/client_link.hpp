// The PPP end of a scripted client: plays the link, login, encryption and networks of a row by
// simple rules. Uses our parsers, but none of our decisions.
#pragma once

#include <memory>
#include <set>

#include "client_cipher.hpp"
#include "client_login.hpp"
#include "core/queue.hpp"
#include "negotiator.hpp"

namespace upptpd::profiles {

class ClientLink {
 public:
  /// The call was answered.
  ClientLink(const crypto::Library& library, const Profile& profile, Instant now);

  void receive(View frame, Instant now);
  void advance(Instant now);
  [[nodiscard]] Deadline deadline() const;

  struct Frame {
    Bytes octets;
  };
  /// It can hear and speak now.
  struct EngineStarted {};
  struct LcpOpened {};
  /// A Terminate-Request follows.
  struct Ending {};
  /// The link is over.
  struct Ended {};
  using Output = std::variant<Frame, EngineStarted, LcpOpened, Ending, Ended>;
  std::optional<Output> next_output() { return outputs_.pop(); }

  /// An IP packet, encrypted as agreed.
  void send_ip(View packet);
  void hang_up(std::uint32_t ras_error, Instant now);
  /// Any frame, as it stands.
  void send_frame(Bytes frame) { outputs_.push(Frame{std::move(frame)}); }
  /// A packet of a control protocol, in this client's form.
  void send_control(std::uint16_t protocol, std::uint8_t code, std::uint8_t identifier, View data);

  [[nodiscard]] bool connected() const { return running_ && ipcp_.opened && encryption_settled(); }
  [[nodiscard]] bool lcp_opened() const { return lcp_.opened; }
  [[nodiscard]] bool ended() const { return ended_; }
  /// As option 18 has it; 0 in clear.
  [[nodiscard]] std::uint32_t encryption() const { return sealer_ ? mode_ : 0; }
  [[nodiscard]] const ClientLogin& login() const { return login_; }
  ClientLogin& login() { return login_; }
  /// What the server did that no server should.
  [[nodiscard]] const std::vector<std::string>& flaws() const { return flaws_; }
  [[nodiscard]] const std::vector<Bytes>& received_ip() const { return received_ip_; }
  [[nodiscard]] const std::set<std::uint16_t>& rejected() const { return rejected_; }
  [[nodiscard]] std::optional<std::uint32_t> address() const { return value_of(ipcp_.options, 3); }
  /// For a client that misbehaves.
  std::optional<Sealer>& sealer() { return sealer_; }

 private:
  enum class Answer : std::uint8_t { ack, nak, reject };
  struct Judgement {
    Answer answer;
    Bytes options;
  };

  void receive_data(std::uint16_t protocol, View contents);
  void receive_lcp(const ppp::ControlPacket& packet, Instant now);
  void receive_login(std::uint16_t protocol, View packet, Instant now);
  void receive_ccp(const ppp::ControlPacket& packet, View whole, Instant now);
  void protocol_rejected(View data, Instant now);

  void start(Negotiator& negotiator, Instant now);
  void request(Negotiator& negotiator, Instant now);
  void negotiate(Negotiator& negotiator, const ppp::ControlPacket& packet, Instant now);
  void answer_request(Negotiator& negotiator, const ppp::ControlPacket& packet);
  void take_answer(Negotiator& negotiator, const ppp::ControlPacket& packet, Instant now);
  void take_refusal(Negotiator& negotiator, const ppp::ControlPacket& packet, Instant now);
  void take_ccp_refusal(View options, bool nak, Instant now);
  Judgement judge(const Negotiator& negotiator, View options);
  Judgement judge_lcp(View options);
  Judgement judge_ccp(View options);
  void up(Negotiator& negotiator, Instant now);

  void login_decided(Instant now);
  void begin_networks(Instant now);
  void do_without_encryption(Instant now);
  void encrypt();
  [[nodiscard]] bool encryption_settled() const;
  [[nodiscard]] bool takes(std::uint32_t mode) const;
  void end();
  void flaw(std::string what) { flaws_.push_back(std::move(what)); }
  [[nodiscard]] Bytes magic() const;

  const crypto::Library& library_;
  const Profile profile_;
  OutputQueue<Output> outputs_;
  Timer engine_;
  bool running_ = false;
  bool ended_ = false;
  /// What came before the engine ran, for a client that does not lose it.
  std::vector<Bytes> early_;
  std::uint8_t next_identifier_ = 0;
  Negotiator lcp_{.protocol = 0xc021};
  Negotiator ccp_{.protocol = 0x80fd};
  Negotiator ipcp_{.protocol = 0x8021};
  Timer terminate_;

  ppp::AuthMethod method_ = ppp::AuthMethod::none;
  ClientLogin login_;
  Timer login_timer_;
  unsigned login_tries_ = 0;
  bool networking_ = false;

  std::uint32_t mode_ = 0;
  /// What the server asked for, and got.
  std::uint32_t server_mode_ = 0;
  bool no_encryption_ = false;
  bool repeated_ = false;
  std::optional<Sealer> sealer_;
  std::optional<Opener> opener_;
  bool reset_requested_ = false;

  std::vector<std::string> flaws_;
  std::vector<Bytes> received_ip_;
  std::set<std::uint16_t> rejected_;
};

}  // namespace upptpd::profiles
