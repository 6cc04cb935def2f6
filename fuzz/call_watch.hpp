// What holds of a server's session, whatever its client says: held against its events and its
// packets.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.hpp"
#include "ip/ipv4_packet.hpp"
#include "observe/verdict.hpp"
#include "session/session.hpp"

namespace upptpd {

class CallWatch {
 public:
  static constexpr std::uint16_t kPeerCall = 7;
  static constexpr Ipv4Address kServer{0x0a000001};
  static constexpr Ipv4Address kClient{0x0a000002};

  /// What stands in a packet that the client has sent in clear, and in no other.
  static constexpr std::array<std::uint8_t, 8> kClear{0xc1, 0xea, 0x72, 0x1d,
                                                      0x5b, 0x96, 0x0f, 0xa3};

  explicit CallWatch(ppp::EncryptionPolicy encryption) : encryption_(encryption) {}

  /// What follows until the next round is looked at when all of it has happened.
  void begin_round() { flowed_ = connected_; }

  void see(const session::Event& event) {
    check(!finished_);  // nothing follows the end
    verdict_.note(event);
    std::visit([this](const auto& what) { note(what); }, event);
  }

  /// Data in the form that was agreed, and only while traffic flows.
  void see_to_client(View packet) {
    const auto header = gre::parse(packet);
    check(header && header->call_id == kPeerCall);
    check(header->size() + header->payload_length == packet.size());
    if (!header->sequence) return;
    const View frame = packet.subspan(header->size());
    const auto ppp = ppp::parse_frame_header(frame);
    check(ppp.has_value());
    const View contents = frame.subspan(ppp->size);
    if (ppp::is_network_data(ppp->protocol)) {
      const auto form = clear_ ? ppp::Protocol::ipv4 : ppp::Protocol::compressed;
      return check(flowed_ && ppp->protocol == form && contents.size() <= 1500);
    }
    const auto control = ppp::ControlPacket::parse(contents);
    check(control.has_value());
    last_identifier_ = control->identifier;
    if (control->code != ppp::Code::configure_request) return;
    last_request_.assign(control->data.begin(), control->data.end());
  }

  /// The client's own packets, whole, none that turns back to it, and in clear only as agreed.
  void see_to_network(View packet) const {
    const auto parsed = ip::Ipv4Packet::parse(packet);
    check(flowed_ && parsed && parsed->total_length == packet.size());
    check(parsed->source == kClient && parsed->destination != kClient);
    const auto mark = std::search(packet.begin(), packet.end(), kClear.begin(), kClear.end());
    check(clear_ || mark == packet.end());
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] bool finished() const { return finished_; }
  /// Of the last control packet to the client, and the options of the last request.
  [[nodiscard]] std::uint8_t last_identifier() const { return last_identifier_; }
  [[nodiscard]] const Bytes& last_request() const { return last_request_; }

 private:
  template <class Other>
  void note(const Other&) {}
  /// A login for each time that the link comes up.
  void note(const session::LinkEstablished&) { logged_in_ = encrypted_ = false; }
  void note(const session::AuthenticationSucceeded&) { logged_in_ = true; }
  void note(const session::AuthenticationSkipped&) {
    check(!encryption_.required());
    logged_in_ = true;
  }
  void note(const session::EncryptionStarted& started) {
    check(logged_in_);
    check_allowed(started.modes.to_peer);
    check_allowed(started.modes.from_peer);
    encrypted_ = true;
  }
  void note(const session::Connected& connected) {
    check(!std::exchange(connected_, true) && logged_in_);
    flowed_ = true;
    clear_ = !connected.encryption;
    check(clear_ ? !encryption_.required() && !encrypted_ : encrypted_);
    check(connected.assignment.client == kClient);
  }
  void note(const session::Disconnected&) { check(std::exchange(connected_, false)); }
  void note(const session::Finished& finished) {
    finished_ = true;
    connected_ = false;
    check(finished.was_connected || !flowed_);
    check(!verdict_.explain(finished).sentence.empty());
  }

  void check_allowed(std::uint32_t mode) const {
    using Bits = ppp::MppeBits;
    check(encryption_.requirement != ppp::EncryptionPolicy::Requirement::off);
    check((mode & ~encryption_.strengths & ~Bits::kStateless) == 0);
    check(encryption_.stateful || (mode & Bits::kStateless) != 0);
  }

  ppp::EncryptionPolicy encryption_;
  observe::Verdict verdict_;
  bool logged_in_ = false;
  bool encrypted_ = false;
  bool connected_ = false;
  /// Connected in clear.
  bool clear_ = false;
  /// Connected at some time in this round.
  bool flowed_ = false;
  bool finished_ = false;
  std::uint8_t last_identifier_ = 0;
  Bytes last_request_;
};

}  // namespace upptpd
