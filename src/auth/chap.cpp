#include "auth/chap.hpp"

#include "auth/chap_codes.hpp"
#include "core/reader.hpp"

namespace upptpd::auth {
namespace {

constexpr std::size_t kLongestName = 256;

/// The error codes of RFC 2759 section 6, as Windows shows them.
unsigned error_code(LoginFailure failure) {
  switch (failure) {
    case LoginFailure::unknown_user:
    case LoginFailure::other_server:
    case LoginFailure::wrong_password:
    case LoginFailure::refused_by_server:
    case LoginFailure::server_not_proved:
      break;
    // Not 691 where the password is right: it would make Windows forget it.
    case LoginFailure::already_connected:
      return 649;
    case LoginFailure::no_answer:
      return 930;
  }
  return 691;
}

}  // namespace

ChapAuthenticator::ChapAuthenticator(Settings settings, RandomSource& random, Instant now)
    : settings_(std::move(settings)), random_(random) {
  random_.fill(challenge_);
  send_challenge(now);
}

// The same challenge and identifier each time: a late answer to the first one must be right.
void ChapAuthenticator::send_challenge(Instant now) {
  const Bytes data = value_and_name(challenge_, settings_.server_name);
  outputs_.push(Send{ppp::ControlPacket{kChallenge, settings_.identifier, data}.serialise()});
  ++challenges_sent_;
  timer_.start(now + settings_.policy.restart);
}

void ChapAuthenticator::receive(View packet, Instant now) {
  const auto parsed = ppp::ControlPacket::parse(packet);
  if (!parsed || parsed->code != kResponse || parsed->identifier != settings_.identifier) return;
  Reader reader(parsed->data);
  const View value = reader.bytes(reader.u8());
  const View name = reader.rest();
  if (!reader.ok() || name.size() > kLongestName) return;
  switch (stage_) {
    case Stage::challenging:
      return receive_response(value, name, now);
    case Stage::verifying:
      return;  // a retransmission; the verdict is on its way
    case Stage::decided:
      outputs_.push(Send{decision_});
      return;
  }
}

void ChapAuthenticator::receive_response(View value, View name, Instant now) {
  const auto response = MsChapV2Response::parse(value);
  if (!response) return;
  request_.name.assign(name.begin(), name.end());
  request_.challenge = challenge_;
  request_.response = *response;
  stage_ = Stage::verifying;
  timer_.start(now + settings_.verdict_timeout);
  outputs_.push(Verify{request_});
}

void ChapAuthenticator::answer(const LoginVerdict& verdict, Instant) {
  if (stage_ != Stage::verifying) return;
  if (const auto* accepted = std::get_if<LoginAccepted>(&verdict)) {
    decide(kSuccess, accepted->success_message);
    outputs_.push(Succeeded{accepted->user, accepted->keys});
    return;
  }
  const LoginFailure failure = std::get<LoginRefused>(verdict).failure;
  MsChapV2Challenge fresh{};
  random_.fill(fresh);
  const unsigned code = error_code(failure);
  // No M= text: Windows 98 and the pppd of Mac OS X 10.4 choke on one.
  decide(kFailure, "E=" + std::to_string(code) + " R=0 C=" + to_upper_hex(fresh) + " V=3");
  outputs_.push(Failed{request_.name, failure, code, {}});
}

void ChapAuthenticator::decide(ppp::Code code, const std::string& message) {
  stage_ = Stage::decided;
  timer_.stop();
  decision_ = ppp::ControlPacket{code, settings_.identifier, as_view(message)}.serialise();
  outputs_.push(Send{decision_});
}

void ChapAuthenticator::advance(Instant now) {
  if (!timer_.expire(now)) return;
  if (stage_ == Stage::verifying) return answer(LoginRefused{LoginFailure::no_answer}, now);
  if (challenges_sent_ < settings_.policy.max_configure) return send_challenge(now);
  outputs_.push(NoAnswer{});
}

}  // namespace upptpd::auth
