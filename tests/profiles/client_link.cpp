#include "client_link.hpp"

#include <algorithm>

#include "ppp/frame.hpp"
#include "protocol_numbers.hpp"

namespace upptpd::profiles {
namespace {

constexpr unsigned kMostTries = 10;

void append(Bytes& bytes, View more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

Bytes number(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

}  // namespace

ClientLink::ClientLink(const crypto::Library& library, const Profile& profile, Instant now)
    : library_(library), profile_(profile), login_(library, profile.login) {
  engine_.start(now + profile_.link.engine_start);
}

Deadline ClientLink::deadline() const {
  Deadline at = earlier(engine_.deadline(), terminate_.deadline());
  at = earlier(at, login_timer_.deadline());
  for (const Negotiator* negotiator : {&lcp_, &ccp_, &ipcp_}) {
    at = earlier(at, negotiator->timer.deadline());
  }
  return at;
}

void ClientLink::advance(Instant now) {
  if (engine_.expire(now)) {
    running_ = true;
    outputs_.push(EngineStarted{});
    lcp_.options = from_hex(profile_.link.options);
    start(lcp_, now);
    for (const Bytes& frame : std::exchange(early_, {})) receive(frame, now);
  }
  for (Negotiator* negotiator : {&lcp_, &ccp_, &ipcp_}) {
    if (negotiator->timer.expire(now)) request(*negotiator, now);
  }
  if (login_timer_.expire(now)) {
    if (++login_tries_ >= kMostTries) return end();
    send_control(login_.protocol(), login_.last_sent()[0], login_.last_sent()[1],
                 View(login_.last_sent()).subspan(4));
    login_timer_.start(now + profile_.link.restart);
  }
  if (terminate_.expire(now)) end();
}

void ClientLink::receive(View frame, Instant now) {
  if (ended_) return;
  if (!running_) {
    if (!profile_.link.drops_early_frames) early_.emplace_back(frame.begin(), frame.end());
    return;
  }
  const auto header = ppp::parse_frame_header(frame);
  if (!header) return flaw("a frame without a protocol");
  const View contents = frame.subspan(header->size);
  const auto protocol = static_cast<std::uint16_t>(header->protocol);
  if (profile_.link.always_full_header && header->size != 4) flaw("a header that was not agreed");
  if (protocol < 0x4000) return receive_data(protocol, contents);
  const auto packet = ppp::ControlPacket::parse(contents);
  if (!packet) return flaw("a malformed control packet");
  if (protocol == kLcp) return receive_lcp(*packet, now);
  if (!lcp_.opened) return;
  if (protocol == kChap || protocol == kPap) return receive_login(protocol, contents, now);
  if (!networking_) return flaw("a network protocol before the login's end");
  if (protocol == kCcp) return receive_ccp(*packet, contents, now);
  if (protocol == kIpcp) return negotiate(ipcp_, *packet, now);
  flaw("a protocol that was not asked for");
}

void ClientLink::receive_data(std::uint16_t protocol, View contents) {
  if (!connected()) return flaw("data before the network is up");
  if (protocol != (opener_ ? kCompressed : kIpv4)) return flaw("data in another form than agreed");
  if (!opener_) return received_ip_.emplace_back(contents.begin(), contents.end()), void();
  const auto clear = opener_->open(contents);
  if (!clear) {
    if (!opener_->is_lost()) return flaw("a packet that cannot be decrypted");
    if (std::exchange(reset_requested_, true)) return;
    return send_control(kCcp, 14, next_identifier_++, {});
  }
  reset_requested_ = false;
  const auto inner = ppp::parse_frame_header(*clear);
  if (!inner || inner->protocol != ppp::Protocol::ipv4) return flaw("garbage decrypted");
  received_ip_.emplace_back(clear->begin() + static_cast<std::ptrdiff_t>(inner->size),
                            clear->end());
}

void ClientLink::receive_lcp(const ppp::ControlPacket& packet, Instant now) {
  const auto code = static_cast<int>(packet.code);
  if (code <= 4) return negotiate(lcp_, packet, now);
  switch (code) {
    case 5:
      send_control(kLcp, 6, packet.identifier, {});
      return end();
    case 6:
      return end();
    case 7:
      return flaw("a code of its own was rejected");
    case 8:
      return protocol_rejected(packet.data, now);
    case 9: {
      Bytes data = magic();
      if (packet.data.size() > 4) append(data, packet.data.subspan(4));
      if (lcp_.opened) send_control(kLcp, 10, packet.identifier, data);
      return;
    }
    default:
      return;
  }
}

void ClientLink::receive_login(std::uint16_t protocol, View packet, Instant now) {
  if (protocol != login_.protocol()) return flaw("a login that was not agreed on");
  const auto before = login_.state();
  const auto answer = login_.receive(packet);
  if (answer) {
    send_control(protocol, (*answer)[0], (*answer)[1], View(*answer).subspan(4));
    login_timer_.start(now + profile_.link.restart);
  } else if (login_.state() != before) {
    login_decided(now);
  }
}

void ClientLink::login_decided(Instant now) {
  login_timer_.stop();
  login_tries_ = 0;
  using State = ClientLogin::State;
  if (login_.state() == State::distrusts) return hang_up(kServerNotProved, now);
  if (login_.state() == State::refused && profile_.login.explains_its_end) {
    return hang_up(kBadCredentials, now);
  }
  if (login_.state() == State::succeeded && !networking_) begin_networks(now);
}

void ClientLink::begin_networks(Instant now) {
  networking_ = true;
  no_encryption_ = profile_.encryption.wish == EncryptionSide::Wish::none;
  // It answers CCP even where it does not ask.
  ccp_.running = !no_encryption_;
  for (const Ask& ask : profile_.asks_for) {
    const Bytes options = from_hex(ask.options);
    if (ask.protocol == kCcp || ask.protocol == kIpcp) {
      Negotiator& negotiator = ask.protocol == kCcp ? ccp_ : ipcp_;
      negotiator.options = options;
      start(negotiator, now);
    } else {
      send_control(ask.protocol, 1, next_identifier_++, options);
    }
  }
}

void ClientLink::receive_ccp(const ppp::ControlPacket& packet, View whole, Instant now) {
  if (profile_.encryption.wish == EncryptionSide::Wish::none) {
    Bytes data = number(kCcp);
    append(data, whole);
    return send_control(kLcp, 8, next_identifier_++, data);
  }
  const auto code = static_cast<int>(packet.code);
  if (code == 1 && no_encryption_) return send_control(kCcp, 4, packet.identifier, packet.data);
  if (code <= 4) return negotiate(ccp_, packet, now);
  if (code == 14 && sealer_) return sealer_->flush();
  const bool microsoft = profile_.control.start.vendor_name.starts_with("Microsoft");
  if (code == 15 && microsoft) return flaw("a Reset-Ack, which Windows rejects");
  if (code != 5) return;
  send_control(kCcp, 6, packet.identifier, {});
  do_without_encryption(now);
}

void ClientLink::protocol_rejected(View data, Instant now) {
  if (data.size() < 2) return flaw("a short Protocol-Reject");
  const auto protocol = static_cast<std::uint16_t>(data[0] << 8 | data[1]);
  rejected_.insert(protocol);
  if (protocol == kCcp) do_without_encryption(now);
  if (protocol == kIpcp || protocol == kChap || protocol == kPap) hang_up(733, now);
}

void ClientLink::do_without_encryption(Instant now) {
  ccp_.forget();
  sealer_.reset();
  opener_.reset();
  no_encryption_ = true;
  if (profile_.encryption.wish == EncryptionSide::Wish::required) hang_up(kNoEncryption, now);
}

void ClientLink::encrypt() {
  const auto keys = login_.keys(strength_of(mode_));
  if (!keys) return flaw("encryption without keys");
  sealer_.emplace(library_, mode_, keys->send, profile_.encryption.changes_key_on_flush);
  opener_.emplace(library_, mode_, keys->receive);
}

bool ClientLink::encryption_settled() const {
  return ccp_.opened || (no_encryption_ && !ccp_.running);
}

void ClientLink::up(Negotiator& negotiator, Instant now) {
  negotiator.opened = true;
  negotiator.timer.stop();
  if (negotiator.protocol == kCcp) {
    mode_ = value_of(ccp_.options, 18).value_or(0);
    if (mode_ != server_mode_) flaw("another encryption for each direction");
    if (mode_ == 0) return do_without_encryption(now);
    encrypt();
    if (profile_.encryption.repeats_request_when_open && !std::exchange(repeated_, true)) {
      send_control(kCcp, 1, next_identifier_++, ccp_.options);
    }
  }
  if (negotiator.protocol != kLcp) return;
  outputs_.push(LcpOpened{});
  for (const std::string& text : profile_.link.identifications) {
    Bytes data = magic();
    append(data, as_view(text));
    send_control(kLcp, 12, next_identifier_++, data);
  }
  if (profile_.link.sends_correlation_id) {
    Bytes data = magic();
    append(data, from_hex("70c7521354 26f74cb7695edacfb0c69f"));
    data.resize(20);
    send_control(kLcp, 12, next_identifier_++, data);
  }
  if (const auto first = login_.begin(method_)) {
    send_control(login_.protocol(), (*first)[0], (*first)[1], View(*first).subspan(4));
    login_timer_.start(now + profile_.link.restart);
  }
  if (login_.state() == ClientLogin::State::succeeded) login_decided(now);
}

void ClientLink::send_ip(View packet) {
  Bytes frame = profile_.link.always_full_header ? from_hex("ff03") : Bytes();
  if (sealer_) {
    Bytes inner = number(kIpv4);
    append(inner, packet);
    const Bytes protocol = number(kCompressed);
    append(frame, profile_.link.always_full_header ? View(protocol) : View(protocol).subspan(1));
    append(frame, sealer_->seal(inner));
  } else {
    append(frame, number(kIpv4));
    append(frame, packet);
  }
  send_frame(std::move(frame));
}

void ClientLink::hang_up(std::uint32_t ras_error, Instant now) {
  if (ended_ || terminate_.running()) return;
  outputs_.push(Ending{});
  Bytes data = to_bytes("User request");
  if (profile_.end != End::pptp_linux) {
    data = magic();
    append(data, from_hex("003ccd74"));
    append(data, number(static_cast<std::uint16_t>(ras_error >> 16)));
    append(data, number(static_cast<std::uint16_t>(ras_error)));
  }
  send_control(kLcp, 5, next_identifier_++, data);
  for (Negotiator* negotiator : {&lcp_, &ccp_, &ipcp_}) negotiator->forget();
  login_timer_.stop();
  terminate_.start(now + profile_.link.restart);
}

void ClientLink::end() {
  for (Negotiator* negotiator : {&lcp_, &ccp_, &ipcp_}) negotiator->forget();
  login_timer_.stop();
  terminate_.stop();
  running_ = false;
  if (!std::exchange(ended_, true)) outputs_.push(Ended{});
}

Bytes ClientLink::magic() const {
  Bytes bytes(4);
  const auto value = value_of(from_hex(profile_.link.options), 5).value_or(0);
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  return bytes;
}

void ClientLink::send_control(std::uint16_t protocol, std::uint8_t code, std::uint8_t identifier,
                              View data) {
  const bool configures = protocol == kLcp && code <= 7;
  Bytes frame;
  if (profile_.link.always_full_header || configures || !lcp_.opened) frame = from_hex("ff03");
  append(frame, number(protocol));
  append(frame, ppp::ControlPacket{static_cast<ppp::Code>(code), identifier, data}.serialise());
  send_frame(std::move(frame));
}

}  // namespace upptpd::profiles
