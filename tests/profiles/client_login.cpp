#include "client_login.hpp"

#include <algorithm>

#include "auth/chap_md5.hpp"
#include "auth/ms_chap_v1.hpp"
#include "core/check.hpp"
#include "core/reader.hpp"
#include "protocol_numbers.hpp"
#include "support/random_sources.hpp"

namespace upptpd::profiles {
namespace {

using Method = ppp::AuthMethod;

void append(Bytes& bytes, View more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

/// What goes into the hash (RFC 2759 section 4): no domain.
std::string bare(const std::string& name) { return name.substr(name.rfind('\\') + 1); }

template <std::size_t N>
std::array<std::uint8_t, N> array_of(View bytes) {
  std::array<std::uint8_t, N> array{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), array.begin());
  return array;
}

}  // namespace

std::uint16_t ClientLogin::protocol() const { return method_ == Method::pap ? kPap : kChap; }

Bytes ClientLogin::send(std::uint8_t code, View data) {
  last_sent_ = ppp::ControlPacket{static_cast<ppp::Code>(code), identifier_, data}.serialise();
  state_ = State::answered;
  return last_sent_;
}

std::optional<Bytes> ClientLogin::begin(Method method) {
  method_ = method;
  if (method == Method::none) state_ = State::succeeded;
  if (method != Method::pap) return {};
  Bytes data = {static_cast<std::uint8_t>(side_.name.size())};
  append(data, as_view(side_.name));
  data.push_back(static_cast<std::uint8_t>(password().size()));
  append(data, as_view(password()));
  return send(1, data);
}

std::optional<Bytes> ClientLogin::receive(View packet) {
  const auto parsed = ppp::ControlPacket::parse(packet);
  if (!parsed) return {};
  if (method_ == Method::pap) return receive_pap(*parsed);
  const auto code = static_cast<int>(parsed->code);
  if (code == 1) return receive_challenge(*parsed);
  if (state_ != State::answered || parsed->identifier != identifier_) return {};
  const std::string message(parsed->data.begin(), parsed->data.end());
  verdicts_.push_back(message);
  if (code == 4) return receive_failure(message);
  if (code != 3) return {};
  state_ = believes(message) ? State::succeeded : State::distrusts;
  keys_fixed_ = keys_fixed_ || state_ == State::succeeded;
  return {};
}

std::optional<Bytes> ClientLogin::receive_pap(const ppp::ControlPacket& packet) {
  if (state_ != State::answered || packet.identifier != identifier_) return {};
  verdicts_.emplace_back(packet.data.begin(), packet.data.end());
  state_ = static_cast<int>(packet.code) == 2 ? State::succeeded : State::refused;
  return {};
}

std::optional<Bytes> ClientLogin::receive_challenge(const ppp::ControlPacket& packet) {
  Reader reader(packet.data);
  const View challenge = reader.bytes(reader.u8());
  const std::size_t size = method_ == Method::ms_chap_v1 ? 8 : 16;
  if (!reader.ok() || challenge.size() != size) return {};
  ++challenges_;
  challenge_.assign(challenge.begin(), challenge.end());
  identifier_ = packet.identifier;
  return respond();
}

bool ClientLogin::believes(const std::string& message) const {
  if (method_ != Method::ms_chap_v2) return true;
  return side_.wants_bare_success ? message == expected_success_
                                  : message.starts_with(expected_success_);
}

//    E=691 R=1 C=0123... V=3
std::optional<Bytes> ClientLogin::receive_failure(const std::string& message) {
  const bool may_retry = message.find(" R=1") != std::string::npos;
  const bool expired = message.starts_with("E=648 ");
  const auto at = message.find(" C=");
  const bool challenged = at != std::string::npos;
  if (challenged) {
    challenge_ = from_hex(message.substr(at + 3, 2 * challenge_.size()));
  }
  if (challenged && may_retry && attempt_ + 1 < side_.passwords.size()) {
    ++attempt_;
    ++identifier_;
    return respond();
  }
  if (challenged && expired && side_.new_password) {
    ++identifier_;
    return change_password();
  }
  state_ = State::refused;
  return {};
}

Bytes ClientLogin::respond() {
  const Bytes value = response_value();
  Bytes data = {static_cast<std::uint8_t>(value.size())};
  append(data, value);
  append(data, as_view(side_.name));
  return send(2, data);
}

Bytes ClientLogin::response_value() {
  if (method_ == Method::ms_chap_v2) return response_by_v2();
  if (method_ == Method::ms_chap_v1) return response_by_v1();
  const auto value = auth::chap_md5_response(library_, identifier_, password(), challenge_);
  return {value.begin(), value.end()};
}

Bytes ClientLogin::response_by_v1() {
  const auto challenge = array_of<8>(challenge_);
  const auto hash = auth::nt_password_hash(library_, password());
  if (!keys_fixed_) {
    hash_hash_ = auth::hash_nt_password_hash(library_, hash);
    lm_hash_ = auth::lm_password_hash(library_, password());
    key_challenge_ = challenge_;
  }
  Bytes value;
  if (side_.lan_manager_only) {
    append(value, auth::challenge_response(library_, challenge,
                                           auth::lm_password_hash(library_, password())));
    value.resize(49);
    return value;
  }
  value.resize(24);
  append(value, auth::challenge_response(library_, challenge, hash));
  value.push_back(1);
  return value;
}

auth::MsChapV2Challenge ClientLogin::peer_challenge() const {
  auth::MsChapV2Challenge challenge;
  challenge.fill(static_cast<std::uint8_t>(0x21 + identifier_ + attempt_));
  return challenge;
}

void ClientLogin::prove(const auth::NtHash& hash, auth::NtResponse& response) {
  const auto hashed =
      auth::challenge_hash(peer_challenge(), array_of<16>(challenge_), bare(side_.name));
  response = auth::challenge_response(library_, hashed, hash);
  const auto hash_hash = auth::hash_nt_password_hash(library_, hash);
  expected_success_ = auth::authenticator_response(hash_hash, response, hashed);
  if (keys_fixed_) return;
  hash_hash_ = hash_hash;
  nt_response_ = response;
}

Bytes ClientLogin::response_by_v2() {
  auth::NtResponse response{};
  prove(auth::nt_password_hash(library_, password()), response);
  Bytes value;
  append(value, peer_challenge());
  value.resize(24);
  append(value, response);
  value.push_back(side_.flags);
  return value;
}

Bytes ClientLogin::change_password() {
  const std::string& fresh = *side_.new_password;
  const auto old_hash = auth::nt_password_hash(library_, password());
  const auto new_hash = auth::nt_password_hash(library_, fresh);
  // What stands before a new password need not be random here.
  SeededRandom padding(1);
  auth::PasswordChange change;
  change.encrypted_password =
      auth::encrypt_new_password(library_, fresh, old_hash, padding).value();
  change.encrypted_hash = auth::encrypt_old_hash(library_, old_hash, new_hash);
  change.peer_challenge = peer_challenge();
  prove(new_hash, change.nt_response);
  return send(7, change.serialise());
}

std::optional<mppe::StartKeys> ClientLogin::keys(mppe::Strength strength) const {
  if (method_ == Method::ms_chap_v2) {
    return mppe::start_keys(mppe::master_key(hash_hash_, nt_response_), mppe::Role::client);
  }
  if (method_ != Method::ms_chap_v1) return {};
  const auto challenge = array_of<8>(key_challenge_);
  return mppe::ms_chap_v1_start_keys(strength, lm_hash_.reveal().first<8>(), hash_hash_, challenge);
}

}  // namespace upptpd::profiles
