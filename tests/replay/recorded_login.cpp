#include "recorded_login.hpp"

#include <algorithm>

#include "auth/chap_codes.hpp"
#include "auth/user_name.hpp"
#include "core/reader.hpp"

namespace upptpd::replay {
namespace {

using ppp::AuthMethod;
using ppp::Code;
using ppp::Protocol;

// PAP's codes (RFC 1334 section 2.2).
constexpr auto kPapRequest = static_cast<Code>(1);
constexpr auto kPapAck = static_cast<Code>(2);
constexpr auto kPapNak = static_cast<Code>(3);

constexpr Protocol kEap = static_cast<Protocol>(0xc227);

/// Both of MS-CHAP have responses of this size.
constexpr std::size_t kMsChapResponse = auth::MsChapV2Response::kSize;

std::string as_text(View data) { return {data.begin(), data.end()}; }

std::string method_in_words(View option) {
  if (const auto method = ppp::from_option(option)) return std::string(ppp::to_string(*method));
  const std::string hex = to_hex(option);
  return hex.starts_with("c227") ? "EAP" : "a method of its own (" + hex + ")";
}

/// By what passed, whatever was agreed on before.
std::optional<AuthMethod> method_by_sizes(std::size_t challenge, std::size_t response) {
  if (response == sizeof(auth::ChapMd5Response)) return AuthMethod::chap_md5;
  if (response != kMsChapResponse) return {};
  if (challenge == sizeof(auth::MsChapV2Challenge)) return AuthMethod::ms_chap_v2;
  if (challenge == sizeof(auth::MsChapV1Challenge)) return AuthMethod::ms_chap_v1;
  return {};
}

void take_challenge(RecordedLogin& login, const RecordedPacket& packet) {
  Reader reader(packet.data());
  const View value = reader.bytes(reader.u8());
  if (reader.ok() && !value.empty()) login.challenge.assign(value.begin(), value.end());
}

/// A Failure that allows another try says what the next response has to answer.
void take_next_challenge(RecordedLogin& login) {
  const auto at = login.failure->find("C=");
  if (at == std::string::npos || login.failure->find("R=1") == std::string::npos) return;
  const std::size_t end = login.failure->find(' ', at);
  const Bytes next = from_hex(std::string_view(*login.failure).substr(at + 2, end - at - 2));
  if (next.size() == login.challenge.size()) login.challenge = next;
}

/// A response whose sizes are impossible was damaged: its sender got no answer to it.
void take_response(RecordedLogin& login, const RecordedPacket& packet) {
  const bool repeated = login.response != nullptr && login.response->packet == packet.packet;
  if (repeated) return;
  Reader reader(packet.data());
  const View value = reader.bytes(reader.u8());
  const auto method = method_by_sizes(login.challenge.size(), value.size());
  if (!reader.ok() || !method) return;
  login.method = method;
  login.proof.assign(value.begin(), value.end());
  login.user = as_text(reader.rest());
  login.identifier = packet.identifier();
  login.response = &packet;
  login.failure.reset();
}

void take_chap(RecordedLogin& login, const RecordedPacket& packet) {
  if (packet.from_client) {
    if (packet.code() == auth::kResponse) take_response(login, packet);
  } else if (packet.code() == auth::kChallenge) {
    take_challenge(login, packet);
  } else if (login.response != nullptr && packet.identifier() == login.identifier) {
    const std::string text = text_of_verdict(Protocol::chap, packet.data());
    if (packet.code() == auth::kSuccess) login.success = text;
    if (packet.code() == auth::kFailure && !login.failure) {
      login.failure = text;
      take_next_challenge(login);
    }
  }
}

void take_pap(RecordedLogin& login, const RecordedPacket& packet) {
  if (packet.from_client && packet.code() == kPapRequest) {
    Reader reader(packet.data());
    const View user = reader.bytes(reader.u8());
    const View password = reader.bytes(reader.u8());
    if (!reader.ok()) return;
    login.method = AuthMethod::pap;
    login.user = as_text(user);
    login.proof.assign(password.begin(), password.end());
    login.response = &packet;
    login.failure.reset();
  } else if (!packet.from_client && login.response != nullptr) {
    const std::string text = text_of_verdict(Protocol::pap, packet.data());
    if (packet.code() == kPapAck) login.success = text;
    if (packet.code() == kPapNak) login.failure = text;
  }
}

/// What the client last said about LCP's Authentication-Protocol.
struct Opinion {
  /// The request that it acknowledged had no such option.
  bool agreed_to_none = false;
  std::optional<Bytes> agreed;
  std::optional<Bytes> wanted;
  bool rejected = false;
};
Opinion opinion_of(const Recording& recording) {
  Opinion opinion;
  for (const RecordedPacket& packet : recording.packets) {
    if (!packet.from_client || packet.protocol != Protocol::lcp) continue;
    const auto options = packet.options();
    const auto found = std::ranges::find(options, kLcpAuthentication, &ppp::Option::type);
    const auto value = [&] { return Bytes(found->data.begin(), found->data.end()); };
    if (packet.code() == Code::configure_ack) {
      opinion.agreed_to_none = found == options.end();
      if (found != options.end()) opinion.agreed = value();
    } else if (packet.code() == Code::configure_nak && found != options.end()) {
      opinion.wanted = value();
    } else if (packet.code() == Code::configure_reject && found != options.end()) {
      opinion.rejected = true;
    }
  }
  return opinion;
}

bool server_went_on(const Recording& recording) {
  return std::ranges::any_of(recording.packets, [](const RecordedPacket& packet) {
    const bool network = packet.protocol == Protocol::ipcp || packet.protocol == Protocol::ccp;
    return !packet.from_client && network && packet.code() == Code::configure_request;
  });
}

/// A recording without credentials: of a client that needed none, or had no method for them.
void judge_silence(RecordedLogin& login, const Recording& recording) {
  const Opinion opinion = opinion_of(recording);
  if (opinion.agreed_to_none && server_went_on(recording)) {
    login.method = AuthMethod::none;
    return;
  }
  const bool ended = any_packet(recording, true, Protocol::lcp, Code::terminate_request) ||
                     any_packet(recording, false, Protocol::lcp, Code::terminate_request) ||
                     !recording.endings.empty();
  if (any_packet(recording, true, kEap)) {
    login.wanted = "EAP";
  } else if (opinion.agreed && !ppp::from_option(*opinion.agreed)) {
    login.wanted = method_in_words(*opinion.agreed);
  } else if (ended && !opinion.agreed && opinion.wanted) {
    login.wanted = method_in_words(*opinion.wanted);
  } else if (ended && !opinion.agreed && opinion.rejected) {
    login.wanted = "no login at all";
  } else {
    login.why_not = "the recording ends before a login";
  }
}

}  // namespace

std::string text_of_verdict(Protocol protocol, View data) {
  if (protocol != Protocol::pap) return as_text(data);
  Reader reader(data);
  return as_text(reader.bytes(reader.u8()));
}

RecordedLogin find_login(const Recording& recording) {
  RecordedLogin login;
  for (const RecordedPacket& packet : recording.packets) {
    if (packet.protocol == Protocol::chap) take_chap(login, packet);
    if (packet.protocol == Protocol::pap) take_pap(login, packet);
    if (login.success) break;
  }
  if (login.success) login.failure.reset();
  if (login.response == nullptr) judge_silence(login, recording);
  return login;
}

std::optional<std::string> password_that_fits(const crypto::Library& library,
                                              const RecordedLogin& login,
                                              const std::vector<Login>& logins) {
  for (const Login& known : logins) {
    if (known.user != login.user && known.user != auth::without_domain(login.user)) continue;
    const bool pap =
        login.method == AuthMethod::pap && std::ranges::equal(login.proof, as_view(known.password));
    const bool md5 =
        login.method == AuthMethod::chap_md5 &&
        std::ranges::equal(login.proof, auth::chap_md5_response(library, login.identifier,
                                                                known.password, login.challenge));
    if (pap || md5) return known.password;
  }
  return {};
}

ExpectedVerdict expected_verdict(const RecordedLogin& login, bool password_fits) {
  const bool by_us = login.method == AuthMethod::pap || login.method == AuthMethod::chap_md5;
  if (login.method == AuthMethod::ms_chap_v1) {
    const auto response = auth::MsChapV1Response::parse(login.proof);
    if (response && response->has_only_lm_response()) return ExpectedVerdict::refused;
  }
  if (!login.failure) {
    return login.success || !by_us || password_fits ? ExpectedVerdict::accepted
                                                    : ExpectedVerdict::refused;
  }
  const bool wrong = by_us ? !password_fits : login.failure->starts_with("E=691");
  return wrong ? ExpectedVerdict::refused : ExpectedVerdict::either;
}

}  // namespace upptpd::replay
