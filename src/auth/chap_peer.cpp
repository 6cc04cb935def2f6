#include "auth/chap_peer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "auth/chap_codes.hpp"
#include "auth/user_name.hpp"
#include "core/reader.hpp"

namespace upptpd::auth {
namespace {

constexpr unsigned kBadCredentials = 691;
/// The RAS error for a server that could not prove itself.
constexpr unsigned kServerNotProved = 778;
constexpr std::size_t kLongestText = 120;

/// The number behind "E=" (RFC 2759 section 6); bad credentials where there is none.
unsigned code_in(std::string_view message) {
  unsigned code = kBadCredentials;
  const auto at = message.find("E=");
  if (at == std::string_view::npos) return code;
  std::from_chars(message.data() + at + 2, message.data() + message.size(), code);
  return code != 0 ? code : kBadCredentials;
}

/// What the server says to a person: behind "M=", or all of it where it is not made like that.
std::string_view text_for_people(std::string_view message) {
  const auto at = message.find("M=");
  if (at != std::string_view::npos) return message.substr(at + 2, kLongestText);
  return message.starts_with("E=") ? std::string_view() : message.substr(0, kLongestText);
}

}  // namespace

ChapPeer::ChapPeer(Settings settings, const crypto::Library& library, RandomSource& random,
                   Instant now)
    : settings_(std::move(settings)), library_(library), random_(random) {
  timer_.start(now + settings_.challenge_timeout);
}

void ChapPeer::receive(View packet, Instant now) {
  const auto parsed = ppp::ControlPacket::parse(packet);
  if (!parsed || stage_ == Stage::failed) return;
  if (parsed->code == kChallenge) return receive_challenge(parsed->identifier, parsed->data, now);
  if (stage_ != Stage::responded || parsed->identifier != identifier_) return;
  if (parsed->code == kSuccess) receive_success(parsed->data);
  if (parsed->code == kFailure) receive_failure(parsed->data);
}

void ChapPeer::receive_challenge(std::uint8_t identifier, View data, Instant now) {
  Reader reader(data);
  const View value = reader.bytes(reader.u8());
  if (!reader.ok() || value.size() != challenge_.size()) return;
  const bool repeated =
      !response_.empty() && identifier == identifier_ && std::ranges::equal(value, challenge_);
  if (!repeated) {
    MsChapV2Challenge challenge{};
    std::ranges::copy(value, challenge.begin());
    return respond(identifier, challenge, now);
  }
  // Our answer was lost, or is on its way; the server's word on it may still come.
  if (stage_ == Stage::responded) return send_response(now);
  outputs_.push(Send{response_});
}

void ChapPeer::respond(std::uint8_t identifier, const MsChapV2Challenge& challenge, Instant now) {
  identifier_ = identifier;
  challenge_ = challenge;
  MsChapV2Response response;
  random_.fill(response.peer_challenge);
  const Credentials& credentials = settings_.credentials;
  const NtHash hash = nt_password_hash(library_, credentials.password.reveal());
  const auto hashed =
      challenge_hash(response.peer_challenge, challenge_, without_domain(credentials.user));
  response.nt_response = challenge_response(library_, hashed, hash);
  const Secret<16> hash_hash = hash_nt_password_hash(library_, hash);
  proof_ = authenticator_response(hash_hash, response.nt_response, hashed);
  // The keys of a link are those of its first login (RFC 3079 section 3).
  if (!ever_succeeded_) keys_ = MsChapV2Keys{hash_hash, response.nt_response};
  response_ = ppp::ControlPacket{kResponse, identifier_,
                                 value_and_name(response.serialise(), credentials.user)}
                  .serialise();
  stage_ = Stage::responded;
  responses_sent_ = 0;
  send_response(now);
}

void ChapPeer::send_response(Instant now) {
  outputs_.push(Send{response_});
  ++responses_sent_;
  timer_.start(now + settings_.policy.restart);
}

void ChapPeer::receive_success(View message) {
  const View proof = message.first(std::min(message.size(), proof_.size()));
  if (!equal_in_constant_time(proof, as_view(proof_))) {
    return fail_with(LoginFailure::server_not_proved, kServerNotProved, {});
  }
  stage_ = Stage::succeeded;
  timer_.stop();
  if (!std::exchange(ever_succeeded_, true)) {
    outputs_.push(Succeeded{settings_.credentials.user, keys_});
  }
}

void ChapPeer::receive_failure(View message) {
  const std::string text(message.begin(), message.end());
  fail_with(LoginFailure::refused_by_server, code_in(text), std::string(text_for_people(text)));
}

void ChapPeer::fail_with(LoginFailure failure, unsigned code, std::string text) {
  stage_ = Stage::failed;
  timer_.stop();
  outputs_.push(Failed{settings_.credentials.user, failure, code, std::move(text)});
}

// The server repeats its Challenge, too; but only we notice when its word on our answer is lost.
void ChapPeer::advance(Instant now) {
  if (!timer_.expire(now)) return;
  const bool responding = stage_ == Stage::responded;
  if (responding && responses_sent_ < settings_.policy.max_configure) return send_response(now);
  outputs_.push(NoAnswer{});
}

}  // namespace upptpd::auth
