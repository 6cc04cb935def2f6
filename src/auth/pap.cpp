#include "auth/pap.hpp"

#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd::auth {
namespace {

constexpr auto kAuthenticateRequest = static_cast<ppp::Code>(1);
constexpr auto kAuthenticateAck = static_cast<ppp::Code>(2);
constexpr auto kAuthenticateNak = static_cast<ppp::Code>(3);

}  // namespace

//    octet: Peer-ID length · Peer-ID · octet: password length · password
void PapAuthenticator::receive(View packet, Instant now) {
  const auto parsed = ppp::ControlPacket::parse(packet);
  if (!parsed) return drop(DropReason::login_malformed);
  if (parsed->code != kAuthenticateRequest) return drop(DropReason::login_unexpected);
  Reader reader(parsed->data);
  const View name = reader.bytes(reader.u8());
  const View password = reader.bytes(reader.u8());
  if (!reader.ok()) return drop(DropReason::login_malformed);
  identifier_ = parsed->identifier;
  switch (stage_) {
    case Stage::waiting:
      name_.assign(name.begin(), name.end());
      stage_ = Stage::verifying;
      timer_.start(now + settings_.verdict_timeout);
      outputs_.push(
          Verify{LoginRequest{name_, PapProof{SecretString({password.begin(), password.end()})}}});
      return;
    case Stage::verifying:
      return;  // a retransmission; the verdict is on its way
    case Stage::decided:
      return send_decision();
  }
}

void PapAuthenticator::answer(const LoginVerdict& verdict, Instant) {
  if (stage_ != Stage::verifying) return;
  if (const auto* accepted = std::get_if<LoginAccepted>(&verdict)) {
    decide(kAuthenticateAck, {});
    outputs_.push(Succeeded{accepted->user, accepted->keys, accepted->encryption});
    return;
  }
  refuse(std::get<LoginRefused>(verdict).failure);
}

void PapAuthenticator::refuse(LoginFailure failure) {
  // What MS-CHAP says with a number; it gives away no more than that.
  const unsigned code = error_code(failure);
  decide(kAuthenticateNak, "E=" + std::to_string(code));
  outputs_.push(Failed{name_, failure, code});
}

void PapAuthenticator::decide(ppp::Code code, std::string_view message) {
  stage_ = Stage::decided;
  timer_.stop();
  decision_ = code;
  message_.resize(1 + message.size());
  Writer writer(message_);
  writer.u8(static_cast<std::uint8_t>(message.size()));
  writer.bytes(as_view(message));
  send_decision();
}

void PapAuthenticator::send_decision() {
  outputs_.push(Send{ppp::ControlPacket{decision_, identifier_, message_}.serialise()});
}

void PapAuthenticator::advance(Instant now) {
  if (!timer_.expire(now)) return;
  if (stage_ == Stage::verifying) return refuse(LoginFailure::no_answer);
  outputs_.push(NoAnswer{});
}

}  // namespace upptpd::auth
