// A client by the facts that are known of real ones: reads and writes with the project's parsers,
// but decides by its own simple rules, so that an error of ours is not made twice.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/queue.hpp"
#include "core/timer.hpp"
#include "mppe/decryptor.hpp"
#include "mppe/encryptor.hpp"
#include "ppp/control_packet.hpp"
#include "ppp/frame.hpp"
#include "ppp/option.hpp"
#include "unit/session/client_login.hpp"
#include "unit/session/client_profile.hpp"
#include "unit/session/client_tunnel.hpp"

namespace upptpd::session {

class ScriptedClient {
 public:
  ScriptedClient(const crypto::Library& library, ClientProfile profile, Instant now)
      : library_(library),
        profile_(std::move(profile)),
        tunnel_{.next_sequence = profile_.first_sequence} {
    engine_.start(now + profile_.engine_start);
  }

  void receive(View packet, Instant now) {
    const auto frame = tunnel_.unwrap(packet);
    if (!frame) return flaw("a GRE packet that is not ours");
    if (running_ && !frame->empty()) handle_frame(*frame, now);
  }

  void advance(Instant now) {
    if (engine_.expire(now)) {
      running_ = true;
      lcp_.options = profile_.lcp_options;
      start(lcp_, now);
    }
    for (Negotiator* negotiator : {&lcp_, &ccp_, &ipcp_}) {
      if (negotiator->timer.expire(now)) request(*negotiator, now);
    }
    if (response_timer_.expire(now)) respond(now);
  }

  Deadline deadline() const {
    return earlier(
        earlier(engine_.deadline(), response_timer_.deadline()),
        earlier(lcp_.timer.deadline(), earlier(ccp_.timer.deadline(), ipcp_.timer.deadline())));
  }

  std::optional<Bytes> next_packet() { return packets_.pop(); }

  /// An IP packet into the tunnel, encrypted as agreed.
  void send_ip(View packet) {
    Bytes frame{0xfd};
    const Bytes sealed = seal(packet, from_hex("0021"));
    frame.insert(frame.end(), sealed.begin(), sealed.end());
    send_frame(frame);
  }

  /// What MPPE makes of a packet with that inner header.
  Bytes seal(View packet, View inner_header) {
    Bytes inner(inner_header.begin(), inner_header.end());
    inner.insert(inner.end(), packet.begin(), packet.end());
    const Packet buffer = pool_.take();
    check(buffer->assign(inner));
    encryptor_.value().encrypt(*buffer);
    return {buffer->view().begin(), buffer->view().end()};
  }

  /// Any PPP frame, as it stands.
  void send_frame(View frame) {
    if (!chatter_.empty()) packets_.push(tunnel_.wrap(chatter_));
    packets_.push(tunnel_.wrap(frame));
    if (!chatter_.empty()) packets_.push(tunnel_.wrap(chatter_));
  }

  void send_control(ppp::Protocol protocol, ppp::Code code, std::uint8_t identifier, View data) {
    Bytes frame;
    if (protocol == ppp::Protocol::lcp && !lcp_.opened) frame = from_hex("ff03");
    const auto number = static_cast<std::uint16_t>(protocol);
    frame.push_back(static_cast<std::uint8_t>(number >> 8));
    frame.push_back(static_cast<std::uint8_t>(number & 0xff));
    const Bytes packet = ppp::ControlPacket{code, identifier, data}.serialise();
    frame.insert(frame.end(), packet.begin(), packet.end());
    send_frame(frame);
  }

  /// Sends this frame around each of its own from now on.
  void chatter(Bytes frame) { chatter_ = std::move(frame); }

  void hang_up(std::uint32_t ras_error) {
    Bytes data = from_hex("12345678 003ccd74");
    for (unsigned shift : {24U, 16U, 8U, 0U}) {
      data.push_back(static_cast<std::uint8_t>(ras_error >> shift));
    }
    send_control(ppp::Protocol::lcp, ppp::Code::terminate_request, next_identifier_++, data);
  }

  /// Negotiates the link once more, with other options than before.
  void restart_lcp(const char* options, Instant now) {
    forget_link();
    lcp_.options = from_hex(options);
    start(lcp_, now);
  }
  /// A straggler: the request that was acknowledged comes again.
  void repeat_ccp_request() {
    send_control(ppp::Protocol::ccp, ppp::Code::configure_request, ccp_.identifier, ccp_.options);
  }
  void repeat_response() { send_response(); }

  bool connected() const { return ccp_.opened && ipcp_.opened; }
  bool gave_up() const { return gave_up_; }
  const std::vector<Bytes>& received_ip() const { return received_ip_; }
  const std::vector<std::string>& flaws() const { return flaws_; }
  const std::vector<Bytes>& rejected_protocols() const { return rejected_protocols_; }
  const std::vector<std::string>& verdicts() const { return verdicts_; }
  const Bytes& ipcp_options() const { return ipcp_.options; }
  unsigned terminate_requests() const { return terminate_requests_; }
  unsigned terminate_acks() const { return terminate_acks_; }
  unsigned echo_requests() const { return echo_requests_; }
  bool lcp_opened() const { return lcp_.opened; }

  void set_password(std::string password) { profile_.password = std::move(password); }
  void set_name(std::string name) { profile_.name = std::move(name); }
  void answer_echo(bool answers) { profile_.answers_echo = answers; }

 private:
  struct Negotiator {
    ppp::Protocol protocol;
    Bytes options;
    bool running = false;
    bool acked = false;
    bool ack_sent = false;
    bool opened = false;
    std::uint8_t identifier = 0;
    unsigned tries = 0;
    Timer timer;
  };

  void flaw(std::string what) { flaws_.push_back(std::move(what)); }

  void handle_frame(View frame, Instant now) {
    const auto header = ppp::parse_frame_header(frame);
    if (!header) return flaw("a frame without a protocol");
    const View contents = frame.subspan(header->size);
    if (ppp::is_network_data(header->protocol)) return receive_data(header->protocol, contents);
    const auto packet = ppp::ControlPacket::parse(contents);
    if (!packet) return flaw("a malformed control packet");
    if (header->protocol == ppp::Protocol::lcp) return receive_lcp(*packet, now);
    if (!lcp_.opened) return;
    if (header->protocol == ppp::Protocol::chap) {
      receive_chap(*packet, now);
    } else if (header->protocol == ppp::Protocol::ccp) {
      receive_ccp(*packet, contents, now);
    } else if (header->protocol == ppp::Protocol::ipcp) {
      negotiate(ipcp_, *packet, now);
    } else {
      flaw("a protocol that we did not ask for");
    }
  }

  void receive_data(ppp::Protocol protocol, View contents) {
    if (protocol != ppp::Protocol::compressed) return flaw("clear data");
    if (!decryptor_) return;
    const Packet buffer = pool_.take();
    check(buffer->assign(contents));
    if (decryptor_->decrypt(*buffer)) return;
    const View clear = buffer->view();
    if (clear.size() < 2 || clear[0] != 0 || clear[1] != 0x21) return flaw("garbage decrypted");
    received_ip_.emplace_back(clear.begin() + 2, clear.end());
  }

  void receive_lcp(const ppp::ControlPacket& packet, Instant now) {
    const auto code = packet.code;
    if (code <= ppp::Code::configure_reject) return negotiate(lcp_, packet, now);
    if (code == ppp::Code::terminate_request) {
      ++terminate_requests_;
      forget_link();
      send_control(ppp::Protocol::lcp, ppp::Code::terminate_ack, packet.identifier, {});
    } else if (code == ppp::Code::terminate_ack) {
      ++terminate_acks_;
      forget_link();
    } else if (code == ppp::Code::echo_request) {
      ++echo_requests_;
      Bytes data = from_hex("12345678");
      if (packet.data.size() > 4)
        data.insert(data.end(), packet.data.begin() + 4, packet.data.end());
      if (profile_.answers_echo && lcp_.opened) {
        send_control(ppp::Protocol::lcp, ppp::Code::echo_reply, packet.identifier, data);
      }
    } else if (code == ppp::Code::protocol_reject) {
      rejected_protocols_.emplace_back(packet.data.begin(), packet.data.end());
    } else if (code == ppp::Code::code_reject) {
      flaw("a code of ours was rejected");
    }
  }

  void receive_chap(const ppp::ControlPacket& packet, Instant now) {
    const auto code = static_cast<int>(packet.code);
    if (code == 1) {
      if (packet.data.size() < 17 || packet.data[0] != 16) return flaw("a malformed challenge");
      std::copy_n(packet.data.begin() + 1, 16, login_.challenge.begin());
      const bool again = packet.identifier != std::exchange(chap_identifier_, packet.identifier);
      if (!networking_ || again) respond(now);
      return;
    }
    if (packet.identifier != chap_identifier_) return flaw("a verdict on something else");
    response_timer_.stop();
    verdicts_.emplace_back(packet.data.begin(), packet.data.end());
    if (networking_) return;
    if (code == 3) {
      if (verdicts_.back() != login_.expected_success) return hang_up(778);
      login_succeeded(now);
    } else if (profile_.hangs_up_after_failure) {
      hang_up(691);
    }
  }

  void respond(Instant now) {
    if (++responses_ > 10) return give_up();
    send_response();
    response_timer_.start(now + profile_.restart);
  }

  void send_response() {
    const Bytes data = login_.respond(library_, profile_);
    send_control(ppp::Protocol::chap, static_cast<ppp::Code>(2), chap_identifier_, data);
  }

  // IPV6CP, CCP and IPCP, back to back.
  void login_succeeded(Instant now) {
    networking_ = true;
    if (profile_.asks_for_ipv6) {
      send_control(ppp::Protocol::ipv6cp, ppp::Code::configure_request, next_identifier_++,
                   from_hex("010a 0123456789abcdef"));
    }
    using Encryption = ClientProfile::Encryption;
    ccp_.options = profile_.ccp_options;
    if (profile_.encryption == Encryption::takes_128_bits ||
        profile_.encryption == Encryption::insists_on_40_bits) {
      start(ccp_, now);
    }
    ipcp_.options = profile_.ipcp_options;
    start(ipcp_, now);
  }

  void receive_ccp(const ppp::ControlPacket& packet, View contents, Instant now) {
    using Encryption = ClientProfile::Encryption;
    if (!networking_) return;
    if (profile_.encryption == Encryption::rejects_protocol) {
      Bytes data = from_hex("80fd");
      data.insert(data.end(), contents.begin(), contents.end());
      return send_control(ppp::Protocol::lcp, ppp::Code::protocol_reject, next_identifier_++, data);
    }
    if (packet.code == ppp::Code::terminate_request) {
      return send_control(ppp::Protocol::ccp, ppp::Code::terminate_ack, packet.identifier, {});
    }
    if (profile_.encryption == Encryption::rejects_option) ccp_.running = true;
    negotiate(ccp_, packet, now);
  }

  void start(Negotiator& negotiator, Instant now) {
    negotiator.running = true;
    negotiator.tries = 0;
    request(negotiator, now);
  }

  void request(Negotiator& negotiator, Instant now) {
    if (++negotiator.tries > 10) return give_up();
    negotiator.acked = false;
    negotiator.identifier = next_identifier_++;
    negotiator.timer.start(now + profile_.restart);
    send_control(negotiator.protocol, ppp::Code::configure_request, negotiator.identifier,
                 negotiator.options);
  }

  void negotiate(Negotiator& negotiator, const ppp::ControlPacket& packet, Instant now) {
    if (!negotiator.running) return;
    if (packet.code == ppp::Code::configure_request) {
      if (negotiator.opened) {
        down(negotiator);
        start(negotiator, now);
      }
      const auto [code, options] = profile_.judge(negotiator.protocol, packet.data);
      send_control(negotiator.protocol, code, packet.identifier, options);
      negotiator.ack_sent = code == ppp::Code::configure_ack;
    } else {
      if (packet.identifier != negotiator.identifier || negotiator.acked) return;
      if (packet.code == ppp::Code::configure_ack) {
        if (!std::ranges::equal(packet.data, negotiator.options)) return flaw("a wrong Ack");
        negotiator.acked = true;
      } else if (packet.code == ppp::Code::configure_nak ||
                 packet.code == ppp::Code::configure_reject) {
        if (!profile_.insists_on(negotiator.protocol)) {
          const bool nak = packet.code == ppp::Code::configure_nak;
          negotiator.options = changed_options(negotiator.options, packet.data, nak);
        }
        negotiator.tries = 0;
        request(negotiator, now);
      }
    }
    if (negotiator.acked && negotiator.ack_sent && !negotiator.opened) up(negotiator);
  }

  void up(Negotiator& negotiator) {
    negotiator.opened = true;
    negotiator.timer.stop();
    if (negotiator.protocol == ppp::Protocol::lcp) identify();
    if (negotiator.protocol == ppp::Protocol::ccp) {
      const auto keys = mppe::start_keys(mppe::master_key(login_.hash_hash, login_.nt_response),
                                         mppe::Role::client);
      encryptor_.emplace(library_, mppe::Mode{}, keys.send);
      decryptor_.emplace(library_, mppe::Mode{}, keys.receive);
    }
  }

  void down(Negotiator& negotiator) {
    negotiator.acked = negotiator.ack_sent = negotiator.opened = false;
    negotiator.timer.stop();
    if (negotiator.protocol == ppp::Protocol::lcp) forget_link();
    if (negotiator.protocol == ppp::Protocol::ccp) {
      encryptor_.reset();
      decryptor_.reset();
    }
  }

  void forget_link() {
    for (Negotiator* negotiator : {&lcp_, &ccp_, &ipcp_}) {
      negotiator->acked = negotiator->ack_sent = negotiator->opened = false;
      negotiator->timer.stop();
    }
    ccp_.running = ipcp_.running = networking_ = false;
    response_timer_.stop();
    responses_ = 0;
    encryptor_.reset();
    decryptor_.reset();
  }

  void identify() {
    for (const char* text : {"MSRASV5.20", "MSRAS-0-DESKTOP"}) {
      Bytes data = from_hex("12345678");
      const Bytes letters = to_bytes(text);
      data.insert(data.end(), letters.begin(), letters.end());
      send_control(ppp::Protocol::lcp, ppp::Code::identification, next_identifier_++, data);
    }
  }

  void give_up() {
    gave_up_ = true;
    forget_link();
  }

  const crypto::Library& library_;
  ClientProfile profile_;
  PacketPool pool_{4};
  OutputQueue<Bytes> packets_;
  ClientTunnel tunnel_;
  Bytes chatter_;

  Timer engine_;
  bool running_ = false;
  std::uint8_t next_identifier_ = 0;
  Negotiator lcp_{.protocol = ppp::Protocol::lcp, .options = {}, .timer = {}};
  Negotiator ccp_{.protocol = ppp::Protocol::ccp, .options = {}, .timer = {}};
  Negotiator ipcp_{.protocol = ppp::Protocol::ipcp, .options = {}, .timer = {}};

  ClientLogin login_;
  std::uint8_t chap_identifier_ = 0;
  Timer response_timer_;
  unsigned responses_ = 0;
  bool networking_ = false;
  std::optional<mppe::Encryptor> encryptor_;
  std::optional<mppe::Decryptor> decryptor_;

  bool gave_up_ = false;
  unsigned terminate_requests_ = 0;
  unsigned terminate_acks_ = 0;
  unsigned echo_requests_ = 0;
  std::vector<Bytes> received_ip_;
  std::vector<Bytes> rejected_protocols_;
  std::vector<std::string> verdicts_;
  std::vector<std::string> flaws_;
};

}  // namespace upptpd::session
