#include "recording.hpp"

#include <algorithm>

#include "core/reader.hpp"
#include "ppp/ccp.hpp"
#include "ppp/frame.hpp"

namespace upptpd::replay {
namespace {

using ppp::Code;
using ppp::Protocol;

// Option types, by protocol.
constexpr std::uint8_t kLcpAuthentication = 3;
constexpr std::uint8_t kLcpMagicNumber = 5;
constexpr std::uint8_t kCcpMppe = 18;
constexpr std::uint8_t kIpcpCompression = 2;
constexpr std::uint8_t kIpcpAddress = 3;
constexpr std::uint8_t kIpcpPrimaryDns = 129;
constexpr std::uint8_t kIpcpPrimaryWins = 130;
constexpr std::uint8_t kIpcpSecondaryDns = 131;
constexpr std::uint8_t kIpcpSecondaryWins = 132;

// CHAP's codes (RFC 1994 section 4).
constexpr auto kChallenge = static_cast<Code>(1);
constexpr auto kResponse = static_cast<Code>(2);
constexpr auto kSuccess = static_cast<Code>(3);
constexpr auto kFailure = static_cast<Code>(4);

constexpr Protocol kEap = static_cast<Protocol>(0xc227);

/// Calls `visit` with each option of each packet of that kind.
template <class Visit>
void each_option(const Recording& recording, bool from_client, Protocol protocol, Code code,
                 Visit visit) {
  for (const RecordedPacket& packet : recording.packets) {
    if (packet.from_client != from_client || packet.protocol != protocol) continue;
    if (packet.code() != code) continue;
    for (const ppp::Option& option : packet.options()) visit(option);
  }
}

bool any(const Recording& recording, bool from_client, Protocol protocol) {
  return std::any_of(recording.packets.begin(), recording.packets.end(),
                     [&](const RecordedPacket& packet) {
                       return packet.from_client == from_client && packet.protocol == protocol;
                     });
}

std::string method_in_words(View option) {
  const std::string hex = to_hex(option);
  if (hex == "c023") return "PAP";
  if (hex == "c22305") return "CHAP with MD5";
  if (hex == "c22380") return "MS-CHAPv1";
  if (hex.starts_with("c227")) return "EAP";
  return "a method of its own (" + hex + ")";
}

/// Why there is no login with MS-CHAPv2, in words; empty if there may be one.
std::string login_obstacle(const Recording& recording) {
  std::optional<Bytes> agreed;
  std::optional<Bytes> wanted;
  bool demanded = false;
  const auto take = [](std::optional<Bytes>& place) {
    return [&place](const ppp::Option& option) {
      if (option.type == kLcpAuthentication) place.emplace(option.data.begin(), option.data.end());
    };
  };
  each_option(recording, true, Protocol::lcp, Code::configure_ack, take(agreed));
  each_option(recording, true, Protocol::lcp, Code::configure_nak, take(wanted));
  each_option(
      recording, false, Protocol::lcp, Code::configure_request,
      [&](const ppp::Option& option) { demanded = demanded || option.type == kLcpAuthentication; });
  if (agreed && to_hex(*agreed) == "c22381") return {};
  if (agreed) {
    return "the recorded client logs in with " + method_in_words(*agreed) +
           ", which this server does not take";
  }
  if (wanted && to_hex(*wanted) != "c22381") {
    return "the recorded client would log in with " + method_in_words(*wanted) +
           " only, which this server does not take";
  }
  if (any(recording, true, kEap)) return "the recorded client logs in with EAP";
  if (any(recording, true, Protocol::chap)) return {};
  if (!demanded && any(recording, true, Protocol::ipcp)) {
    return "the recorded client does not log in at all, which this server does not take";
  }
  return "the recording ends before a login";
}

/// The data of a CHAP Success or Failure.
std::string message_of(const RecordedPacket& packet) {
  const View data = packet.data();
  return {data.begin(), data.end()};
}

std::optional<auth::MsChapV2Challenge> challenge_of(const RecordedPacket& packet) {
  Reader reader(packet.data());
  const bool right_size = reader.u8() == sizeof(auth::MsChapV2Challenge);
  const auto challenge = reader.array<sizeof(auth::MsChapV2Challenge)>();
  if (!right_size || !reader.ok()) return {};
  return challenge;
}

bool holds_response(const RecordedPacket& packet) {
  Reader reader(packet.data());
  const View value = reader.bytes(reader.u8());
  return reader.ok() && auth::MsChapV2Response::parse(value).has_value();
}

/// The bits of the MPPE option that the client asked for last, and whether the server agreed to
/// them. A request without that option counts as no bits.
struct MppeWish {
  std::uint32_t bits = 0;
  bool agreed = false;
};
MppeWish mppe_wish(const Recording& recording) {
  MppeWish wish;
  const RecordedPacket* request = nullptr;
  for (const RecordedPacket& packet : recording.packets) {
    if (packet.protocol != Protocol::ccp) continue;
    if (packet.from_client && packet.code() == Code::configure_request) {
      request = &packet;
      wish = {};
      for (const ppp::Option& option : packet.options()) {
        if (option.type == kCcpMppe) wish.bits = option.as_u32().value_or(0);
      }
    } else if (!packet.from_client && packet.code() == Code::configure_ack && request != nullptr) {
      wish.agreed = wish.agreed || packet.identifier() == request->identifier();
    }
  }
  return wish;
}

bool client_refuses_mppe(const Recording& recording) {
  bool refused = false;
  each_option(recording, true, Protocol::ccp, Code::configure_reject,
              [&](const ppp::Option& option) { refused = refused || option.type == kCcpMppe; });
  for (const RecordedPacket& packet : recording.packets) {
    if (!packet.from_client || packet.protocol != Protocol::lcp) continue;
    if (packet.code() != Code::protocol_reject) continue;
    Reader reader(packet.data());
    refused = refused || reader.u16() == static_cast<std::uint16_t>(Protocol::ccp);
  }
  return refused;
}

void take_address(ppp::IpAssignment& assignment, const ppp::Option& option) {
  const auto value = option.as_u32();
  if (!value || *value == 0) return;
  const Ipv4Address address(*value);
  switch (option.type) {
    case kIpcpAddress:
      assignment.client = address;
      break;
    case kIpcpPrimaryDns:
      assignment.dns[0] = address;
      break;
    case kIpcpSecondaryDns:
      assignment.dns[1] = address;
      break;
    case kIpcpPrimaryWins:
      assignment.wins[0] = address;
      break;
    case kIpcpSecondaryWins:
      assignment.wins[1] = address;
      break;
    default:
      break;
  }
}

}  // namespace

View RecordedPacket::data() const {
  const auto parsed = ppp::ControlPacket::parse(packet);
  return parsed ? parsed->data : View();
}

std::vector<ppp::Option> RecordedPacket::options() const {
  return ppp::parse_options(data()).value_or(std::vector<ppp::Option>{});
}

RecordedLogin find_login(const Recording& recording) {
  RecordedLogin login;
  login.why_not = login_obstacle(recording);
  if (!login.why_not.empty()) return login;
  std::optional<auth::MsChapV2Challenge> challenge;
  for (const RecordedPacket& packet : recording.packets) {
    if (packet.protocol != Protocol::chap) continue;
    if (!packet.from_client && packet.code() == kChallenge) {
      challenge = challenge_of(packet);
    } else if (packet.from_client && packet.code() == kResponse && challenge) {
      if (!holds_response(packet)) continue;
      login.challenge = *challenge;
      login.response = &packet;
      login.failure.reset();
    } else if (!packet.from_client && login.response != nullptr &&
               packet.identifier() == login.response->identifier()) {
      if (packet.code() == kSuccess) login.success = message_of(packet);
      if (packet.code() == kFailure) login.failure = message_of(packet);
    }
    if (login.success) break;
  }
  if (login.response == nullptr) login.why_not = "the recording ends before a login";
  return login;
}

std::string find_encryption_obstacle(const Recording& recording) {
  const MppeWish wish = mppe_wish(recording);
  using Bits = ppp::MppeBits;
  if (wish.agreed && wish.bits == (ppp::MppeBits::kStateless | ppp::MppeBits::k128)) return {};
  const bool encrypts = (wish.bits & (Bits::k128 | Bits::k56 | Bits::k40)) != 0;
  if (client_refuses_mppe(recording)) return "the recorded client refuses encryption";
  if (!any(recording, true, Protocol::ccp)) return "the recorded client does not ask to encrypt";
  if (!encrypts && (wish.bits & Bits::kStateless) == 0) {
    return "the recorded client does not ask for MPPE";
  }
  if ((wish.bits & Bits::k128) == 0 && encrypts) {
    return "the recorded client encrypts with 40 or 56 bits only";
  }
  if ((wish.bits & Bits::kStateless) == 0) return "the recorded client encrypts statefully";
  if (wish.agreed && (wish.bits & Bits::kCompression) != 0) {
    return "the recorded client compresses with MPPC";
  }
  return {};
}

ppp::IpAssignment find_assignment(const Recording& recording) {
  ppp::IpAssignment assignment;
  const auto take = [&](const ppp::Option& option) { take_address(assignment, option); };
  each_option(recording, false, Protocol::ipcp, Code::configure_nak, take);
  each_option(recording, false, Protocol::ipcp, Code::configure_ack, take);
  each_option(recording, false, Protocol::ipcp, Code::configure_request,
              [&](const ppp::Option& option) {
                if (option.type == kIpcpAddress) {
                  assignment.local = Ipv4Address(option.as_u32().value_or(0));
                }
              });
  if (assignment.client.is_unspecified()) assignment.client = Ipv4Address(0xc0000202);
  if (assignment.local.is_unspecified()) assignment.local = Ipv4Address(0xc0000201);
  return assignment;
}

std::optional<std::uint32_t> find_magic(const Recording& recording) {
  std::optional<std::uint32_t> magic;
  each_option(recording, false, Protocol::lcp, Code::configure_request,
              [&](const ppp::Option& option) {
                if (option.type == kLcpMagicNumber) magic = option.as_u32();
              });
  return magic;
}

bool server_accepted_vj(const Recording& recording) {
  bool accepted = false;
  each_option(
      recording, false, Protocol::ipcp, Code::configure_ack,
      [&](const ppp::Option& option) { accepted = accepted || option.type == kIpcpCompression; });
  return accepted;
}

std::vector<const RecordedPacket*> find_data(const Recording& recording, bool from_client) {
  std::vector<const RecordedPacket*> data;
  for (const RecordedPacket& packet : recording.packets) {
    const bool negotiates =
        (packet.protocol == Protocol::ccp || packet.protocol == Protocol::lcp) &&
        packet.code() == Code::configure_request;
    if (negotiates && !data.empty()) break;
    if (packet.from_client == from_client && packet.protocol == Protocol::compressed) {
      data.push_back(&packet);
    }
  }
  if (data.empty()) return data;
  const std::uint32_t first = data.front()->sequence;
  std::stable_sort(data.begin(), data.end(), [&](const RecordedPacket* a, const RecordedPacket* b) {
    return static_cast<std::int32_t>(a->sequence - first) <
           static_cast<std::int32_t>(b->sequence - first);
  });
  return data;
}

}  // namespace upptpd::replay
