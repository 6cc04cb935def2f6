#include "auth/chap.hpp"

#include <algorithm>
#include <utility>

#include "auth/chap_algorithm.hpp"
#include "auth/chap_codes.hpp"
#include "core/reader.hpp"

namespace upptpd::auth {

ChapAuthenticator::ChapAuthenticator(Settings settings, RandomSource& random, Instant now)
    : settings_(std::move(settings)), random_(random), challenge_identifier_(settings_.identifier) {
  begin_challenge(now);
}

void ChapAuthenticator::draw_challenge() {
  challenge_.resize(challenge_size(settings_.method));
  random_.fill(challenge_);
}

void ChapAuthenticator::begin_challenge(Instant now) {
  draw_challenge();
  stage_ = Stage::challenging;
  challenges_sent_ = 0;
  judged_.clear();
  send_challenge(now);
}

// The same challenge and identifier each time: a late answer to the first one must be right.
void ChapAuthenticator::send_challenge(Instant now) {
  const Bytes data = value_and_name(challenge_, settings_.server_name);
  outputs_.push(Send{ppp::ControlPacket{kChallenge, challenge_identifier_, data}.serialise()});
  ++challenges_sent_;
  timer_.start(now + settings_.policy.restart);
}

void ChapAuthenticator::receive(View packet, Instant now) {
  const auto parsed = ppp::ControlPacket::parse(packet);
  if (!parsed) return drop(DropReason::login_malformed);
  if (parsed->code == kResponse) return receive_response(*parsed, now);
  if (parsed->code == kChangePassword) return receive_change(*parsed, now);
  drop(DropReason::login_unexpected);
}

// RFC 2759 says by which identifier a Change-Password follows the Failure, but not a Response: so
// both are taken.
bool ChapAuthenticator::is_answer_to_offer(std::uint8_t identifier) const {
  const auto next = static_cast<std::uint8_t>(judged_identifier_ + 1);
  return identifier == judged_identifier_ || identifier == next;
}

void ChapAuthenticator::receive_response(const ppp::ControlPacket& packet, Instant now) {
  Reader reader(packet.data);
  const View value = reader.bytes(reader.u8());
  const View name = reader.rest();
  if (!reader.ok() || name.size() > kLongestName) return drop(DropReason::login_malformed);
  const bool repeated =
      !judged_.empty() && packet.identifier == judged_identifier_ &&
      (stage_ != Stage::offering_retry || std::ranges::equal(packet.data, judged_));
  if (repeated) return repeat_decision();
  const bool expected =
      stage_ == Stage::offering_retry
          ? is_answer_to_offer(packet.identifier)
          : stage_ == Stage::challenging && packet.identifier == challenge_identifier_;
  if (!expected) return drop(DropReason::login_unexpected);
  auto proof = proof_of(settings_.method, packet.identifier, challenge_, value);
  if (!proof) return drop(DropReason::login_malformed);
  name_.assign(name.begin(), name.end());
  verify(packet, std::move(*proof), now);
}

void ChapAuthenticator::receive_change(const ppp::ControlPacket& packet, Instant now) {
  const bool repeated = !judged_.empty() && std::ranges::equal(packet.data, judged_) &&
                        packet.identifier == judged_identifier_;
  if (repeated) return repeat_decision();
  if (stage_ != Stage::offering_change || !is_answer_to_offer(packet.identifier)) {
    return drop(DropReason::login_unexpected);
  }
  const auto change = PasswordChange::parse(packet.data);
  if (!change) return drop(DropReason::login_malformed);
  NewPasswordProof proof{{}, *change};
  std::ranges::copy(challenge_, proof.challenge.begin());
  // The packet has no name: it is the one whose password has expired.
  verify(packet, std::move(proof), now);
}

void ChapAuthenticator::verify(const ppp::ControlPacket& packet, LoginProof proof, Instant now) {
  judged_.assign(packet.data.begin(), packet.data.end());
  judged_identifier_ = packet.identifier;
  stage_ = Stage::verifying;
  timer_.start(now + settings_.verdict_timeout);
  outputs_.push(Verify{LoginRequest{name_, std::move(proof)}});
}

void ChapAuthenticator::answer(const LoginVerdict& verdict, Instant now) {
  if (stage_ != Stage::verifying) return;
  if (const auto* accepted = std::get_if<LoginAccepted>(&verdict)) return succeed(*accepted, now);
  refuse(std::get<LoginRefused>(verdict).failure, now);
}

void ChapAuthenticator::succeed(const LoginAccepted& accepted, Instant now) {
  decide(kSuccess, accepted.success_message);
  stage_ = Stage::succeeded;
  if (settings_.rechallenge > Duration::zero()) timer_.start(now + settings_.rechallenge);
  outputs_.push(Succeeded{accepted.user, accepted.keys, accepted.encryption});
}

void ChapAuthenticator::refuse(LoginFailure failure, Instant now) {
  const unsigned code = error_code(failure);
  const bool ms_chap = ppp::yields_keys(settings_.method);
  const bool retry = ms_chap && code == 691 && settings_.retries > 0;
  const bool change = settings_.method == ppp::AuthMethod::ms_chap_v2 &&
                      failure == LoginFailure::password_expired && settings_.password_change;
  draw_challenge();
  decide(kFailure, failure_message(settings_.method, code, retry, challenge_));
  stage_ = retry ? Stage::offering_retry : change ? Stage::offering_change : Stage::failed;
  if (retry) --settings_.retries;
  // Once: whatever comes of it, a login stays bounded.
  if (change) settings_.password_change = false;
  if (retry || change) timer_.start(now + settings_.user_timeout);
  failure_ = failure;
  outputs_.push(Failed{name_, failure, code, {}, retry || change});
}

/// While it is not there yet, it is on its way.
void ChapAuthenticator::repeat_decision() {
  if (stage_ != Stage::verifying) outputs_.push(Send{decision_});
}

void ChapAuthenticator::decide(ppp::Code code, const std::string& message) {
  timer_.stop();
  decision_ = ppp::ControlPacket{code, judged_identifier_, as_view(message)}.serialise();
  outputs_.push(Send{decision_});
}

void ChapAuthenticator::advance(Instant now) {
  if (!timer_.expire(now)) return;
  switch (stage_) {
    case Stage::challenging:
      if (challenges_sent_ < settings_.policy.max_configure) return send_challenge(now);
      outputs_.push(NoAnswer{});
      return;
    case Stage::verifying:
      return refuse(LoginFailure::no_answer, now);
    case Stage::succeeded:
      ++challenge_identifier_;
      return begin_challenge(now);
    case Stage::offering_retry:
    case Stage::offering_change:
      stage_ = Stage::failed;
      outputs_.push(Failed{name_, failure_, error_code(failure_), {}, false});
      return;
    case Stage::failed:
      return;
  }
}

}  // namespace upptpd::auth
