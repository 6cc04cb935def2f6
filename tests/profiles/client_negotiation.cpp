// How a scripted client negotiates: the part of ClientLink that asks, judges and takes answers.
#include <algorithm>

#include "client_link.hpp"
#include "protocol_numbers.hpp"

namespace upptpd::profiles {
namespace {

using Method = ppp::AuthMethod;

constexpr unsigned kMostTries = 10;
/// Refusals of its encryption before the client takes the server at its word.
constexpr unsigned kMostRefusals = 3;

/// The data of LCP's option 3.
Bytes option_of(Method method) {
  switch (method) {
    case Method::ms_chap_v2:
      return from_hex("c22381");
    case Method::ms_chap_v1:
      return from_hex("c22380");
    case Method::chap_md5:
      return from_hex("c22305");
    case Method::pap:
      return from_hex("c023");
    case Method::none:
      break;
  }
  return {};
}

Bytes mppe_option(std::uint32_t mode) { return ppp::OptionList().add_u32(18, mode).bytes(); }

}  // namespace

void ClientLink::start(Negotiator& negotiator, Instant now) {
  negotiator.running = true;
  negotiator.tries = 0;
  request(negotiator, now);
}

void ClientLink::request(Negotiator& negotiator, Instant now) {
  if (++negotiator.tries > kMostTries) return end();
  negotiator.acked = false;
  negotiator.identifier = next_identifier_++;
  negotiator.timer.start(now + profile_.link.restart);
  send_control(negotiator.protocol, 1, negotiator.identifier, negotiator.options);
}

void ClientLink::negotiate(Negotiator& negotiator, const ppp::ControlPacket& packet, Instant now) {
  if (!negotiator.running) return;
  if (negotiator.opened && packet.code == ppp::Code::configure_request) {
    return flaw("a request by a layer that is open");
  }
  if (packet.code == ppp::Code::configure_request) {
    answer_request(negotiator, packet);
  } else {
    take_answer(negotiator, packet, now);
  }
  const bool agreed = negotiator.acked && negotiator.ack_sent;
  if (agreed && negotiator.running && !negotiator.opened) up(negotiator, now);
}

void ClientLink::answer_request(Negotiator& negotiator, const ppp::ControlPacket& packet) {
  const Judgement judgement = judge(negotiator, packet.data);
  const auto code = static_cast<std::uint8_t>(2 + static_cast<int>(judgement.answer));
  send_control(negotiator.protocol, code, packet.identifier, judgement.options);
  negotiator.ack_sent = judgement.answer == Answer::ack;
  if (negotiator.protocol == kCcp) server_mode_ = value_of(packet.data, 18).value_or(0);
}

ClientLink::Judgement ClientLink::judge(const Negotiator& negotiator, View options) {
  if (!ppp::parse_options(options)) flaw("malformed options");
  if (negotiator.protocol == kLcp) return judge_lcp(options);
  if (negotiator.protocol == kCcp) return judge_ccp(options);
  return {Answer::ack, Bytes(options.begin(), options.end())};
}

ClientLink::Judgement ClientLink::judge_lcp(View options) {
  method_ = Method::none;
  const auto list = ppp::parse_options(options).value_or(std::vector<ppp::Option>{});
  for (const ppp::Option& option : list) {
    if (option.type == 5 && std::ranges::equal(option.data, magic())) flaw("its own magic number");
    if (option.type != 3) continue;
    const auto& methods = profile_.login.methods;
    const auto found = std::ranges::find_if(
        methods, [&](Method method) { return std::ranges::equal(option_of(method), option.data); });
    if (found == methods.end()) {
      const Bytes wanted = ppp::OptionList().add(3, option_of(methods.front())).bytes();
      return {Answer::nak, wanted};
    }
    method_ = *found;
  }
  return {Answer::ack, Bytes(options.begin(), options.end())};
}

bool ClientLink::takes(std::uint32_t mode) const {
  return std::ranges::count(profile_.encryption.takes, mode) > 0;
}

ClientLink::Judgement ClientLink::judge_ccp(View options) {
  const Bytes same(options.begin(), options.end());
  const auto mode = value_of(options, 18);
  if (!mode || *mode == 0) {
    const bool optional = profile_.encryption.wish == EncryptionSide::Wish::optional;
    if (optional) return {Answer::ack, same};
    return {Answer::nak, mppe_option(profile_.encryption.takes.front())};
  }
  if (takes(*mode)) return {Answer::ack, same};
  if (profile_.encryption.takes.empty()) return {Answer::reject, same};
  return {Answer::nak, mppe_option(profile_.encryption.takes.front())};
}

void ClientLink::take_answer(Negotiator& negotiator, const ppp::ControlPacket& packet,
                             Instant now) {
  if (packet.identifier != negotiator.identifier || negotiator.acked) return;
  if (packet.code != ppp::Code::configure_ack) return take_refusal(negotiator, packet, now);
  if (!std::ranges::equal(packet.data, negotiator.options)) return flaw("a wrong Ack");
  negotiator.acked = true;
  negotiator.timer.stop();
}

void ClientLink::take_refusal(Negotiator& negotiator, const ppp::ControlPacket& packet,
                              Instant now) {
  const bool nak = packet.code == ppp::Code::configure_nak;
  negotiator.tries = 0;
  if (negotiator.protocol == kCcp && value_of(packet.data, 18)) {
    return take_ccp_refusal(packet.data, nak, now);
  }
  negotiator.options = changed_options(negotiator.options, packet.data, nak);
  request(negotiator, now);
}

void ClientLink::take_ccp_refusal(View options, bool nak, Instant now) {
  const std::uint32_t mode = value_of(options, 18).value_or(0);
  const bool refused_for_good = !nak || ++ccp_.refusals > kMostRefusals;
  if (nak && takes(mode)) {
    ccp_.options = mppe_option(mode);
  } else if (refused_for_good) {
    return do_without_encryption(now);
  } else if (!profile_.encryption.takes.empty()) {
    ccp_.options = mppe_option(profile_.encryption.takes.front());
  }
  request(ccp_, now);
}

}  // namespace upptpd::profiles
