// The Link Control Protocol's options and extra codes. RFC 1661 sections 5 and 6, RFC 1570.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/queue.hpp"
#include "core/random_source.hpp"
#include "ppp/auth_method.hpp"
#include "ppp/control_protocol.hpp"
#include "ppp/frame.hpp"
#include "ppp/option.hpp"

namespace upptpd::ppp {

struct LcpSettings {
  /// What we want to receive at most, in octets of information.
  std::uint16_t mru = 1500;
  /// How the peer may log in, in order of preference; nothing where it is we who log in.
  std::vector<AuthMethod> peer_may_log_in_by = {AuthMethod::ms_chap_v2};
  /// How we log in if the peer asks for it; none where we don't.
  std::optional<AuthMethod> we_log_in_by = std::nullopt;
};

/// What both sides agreed on.
struct LinkOptions {
  std::uint16_t peer_mru = 1500;
  /// How we may shorten the headers of what we send.
  HeaderCompression send_compression;
  /// How the peer has agreed to log in.
  AuthMethod peer_logs_in_by = AuthMethod::none;
  /// Whether the peer asked us to log in, in the way that we do.
  bool we_log_in = false;
  std::uint32_t our_magic = 0;
  std::uint32_t peer_magic = 0;
};

class LcpNegotiation : public Negotiation {
 public:
  LcpNegotiation(LcpSettings settings, RandomSource& random);

  void begin() override;
  Bytes propose() override;
  Judgement judge(View options, bool may_nak) override;
  void on_ack() override;
  Agreement on_nak(View options) override;
  Agreement on_reject(View options) override;
  ExtraCode on_extra_code(const ControlPacket& packet) override;
  Bytes echo_reply(const ControlPacket& request) override;

  [[nodiscard]] const LinkOptions& agreed() const { return agreed_; }
  /// The data of the option with which the peer last asked us to log in as we don't; none once it
  /// has asked for what we do. pppd asks for no login at all after a Nak that it cannot follow.
  [[nodiscard]] const std::optional<Bytes>& unacceptable_login() const {
    return unacceptable_login_;
  }

  /// The peer rejected a protocol of ours.
  struct ProtocolRejected {
    Protocol protocol;
  };
  /// The peer said who it is: text, or a GUID (RFC 1570 section 2.1).
  struct Identified {
    Bytes text;
  };
  /// The peer cannot log in as we want; `wanted` is the data of the option it would take, empty if
  /// none.
  struct AuthenticationRefused {
    Bytes wanted;
  };
  /// The peer's first request has come.
  struct FirstRequest {};
  /// Our own magic number comes back time and again: the line is looped (section 6.4).
  struct LoopedBack {};
  using Notice =
      std::variant<ProtocolRejected, Identified, AuthenticationRefused, FirstRequest, LoopedBack>;
  std::optional<Notice> next_notice() { return notices_.pop(); }

 private:
  /// So many requests with our own magic number in a row are no accident any more.
  static constexpr unsigned kLoop = 5;

  bool is_looped_back(const std::vector<Option>& options);
  Agreement take_other_login(View wanted);

  LcpSettings settings_;
  RandomSource& random_;
  LinkOptions agreed_;
  /// The ways to log in that are left; we ask for the first.
  std::vector<AuthMethod> logins_;
  bool first_request_seen_ = false;
  unsigned own_magic_seen_ = 0;
  std::optional<Bytes> unacceptable_login_;
  bool propose_mru_ = true;
  std::uint16_t proposed_mru_ = 0;
  bool propose_magic_ = true;
  bool propose_protocol_compression_ = true;
  bool propose_address_compression_ = true;
  OutputQueue<Notice> notices_;
};

/// Whether to send something alive to a silent peer, and when to give it up. Two peers that run RFC
/// 1661's own table over a lossy link can end half-open with no timer running, so this is part of
/// correctness.
class LcpEcho {
 public:
  struct Settings {
    /// Silence before an Echo-Request; zero turns it off.
    Duration interval = std::chrono::seconds(30);
    /// Echo-Requests without an answer before the peer counts as gone.
    unsigned failure = 4;
  };
  enum class Action : std::uint8_t { none, send_request, peer_is_gone };

  explicit LcpEcho(Settings settings) : settings_(settings) {}

  void start(Instant now);
  void stop() { timer_.stop(); }
  /// Anything at all came from the peer: data counts as well as an Echo-Reply.
  void heard(Instant now);
  Action advance(Instant now);
  [[nodiscard]] Deadline deadline() const { return timer_.deadline(); }
  [[nodiscard]] Instant last_heard() const { return last_heard_; }

 private:
  Settings settings_;
  Timer timer_;
  Instant last_heard_;
  unsigned unanswered_ = 0;
};

/// The data of a Protocol-Reject: the protocol's number and as much of the packet as the peer takes
/// (section 5.7).
Bytes protocol_reject_data(Protocol protocol, View packet, std::uint16_t peer_mru);

/// The data of an Echo-Request or the first octets of any packet that carries our magic number.
Bytes magic_number_data(std::uint32_t magic);

}  // namespace upptpd::ppp
