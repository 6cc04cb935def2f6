#include "recorded_protocol.hpp"

#include <algorithm>
#include <set>

#include "core/writer.hpp"
#include "ppp/encryption_policy.hpp"

namespace upptpd::replay {
namespace {

using ppp::Code;
using ppp::ControlPacket;
using ppp::Option;
using ppp::Protocol;

using Bits = ppp::MppeBits;

Bytes copy(View bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<Option> options_of(View list) {
  return ppp::parse_options(list).value_or(std::vector<Option>{});
}

const Option* find(const std::vector<Option>& list, std::uint8_t type) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Option& option) { return option.type == type; });
  return found == list.end() ? nullptr : &*found;
}

/// The data of CCP's MPPE option.
Bytes bits_of(std::uint32_t bits) {
  Bytes data(4);
  Writer(data).u32(bits);
  return data;
}

/// The bits in the data of that option that this server may agree to: no compression.
std::uint32_t mode_in(View data) {
  return Option{kCcpMppe, data}.as_u32().value_or(0) & (Bits::kStateless | Bits::kStrengths);
}

bool equal(View a, View b) { return std::ranges::equal(a, b); }

/// Whether a request is what a client asks for that was refused so: without what was rejected, with
/// what was suggested.
bool complies(View request, Code code, const std::vector<Option>& refused) {
  const auto options = options_of(request);
  return std::all_of(refused.begin(), refused.end(), [&](const Option& option) {
    const Option* asked = find(options, option.type);
    return asked == nullptr || (code == Code::configure_nak && equal(asked->data, option.data));
  });
}

/// Where the recorded encryption was agreed on by both sides; past the end if it never was.
std::size_t ccp_agreed_at(const Recording& recording) {
  std::size_t agreed[2] = {recording.packets.size(), recording.packets.size()};
  for (std::size_t i = recording.packets.size(); i-- > 0;) {
    const RecordedPacket& packet = recording.packets[i];
    if (packet.protocol == Protocol::ccp && packet.code() == Code::configure_ack) {
      agreed[packet.from_client ? 1 : 0] = i;
    }
  }
  return std::max(agreed[0], agreed[1]);
}

}  // namespace

RecordedProtocol::RecordedProtocol(const Recording& recording, Protocol protocol)
    : protocol_(protocol) {
  learn_requests(recording);
  learn_refusals(recording);
  learn_acceptances(recording);
  learn_agreement(recording);
}

// A request that the capture lost or damaged is in the server's acknowledgment, too.
void RecordedProtocol::learn_requests(const Recording& recording) {
  const std::size_t ccp_agreed = ccp_agreed_at(recording);
  std::set<std::uint8_t> known;
  for (std::size_t i = 0; i < recording.packets.size(); ++i) {
    const RecordedPacket& packet = recording.packets[i];
    if (packet.protocol != protocol_) continue;
    if (packet.from_client) {
      next_free_identifier_ = std::max(next_free_identifier_, packet.identifier());
    }
    const Code code = packet.from_client ? Code::configure_request : Code::configure_ack;
    if (packet.code() != code || !packet.intact()) continue;
    if (!known.insert(packet.identifier()).second && !packet.from_client) continue;
    if (requests_.empty()) waits_for_ccp_ = protocol_ == Protocol::ipcp && i > ccp_agreed;
    // The same options again are a retransmission.
    if (!requests_.empty() && equal(requests_.back().options, packet.data())) continue;
    requests_.push_back({packet.identifier(), copy(packet.data())});
  }
  ++next_free_identifier_;
}

void RecordedProtocol::learn_refusals(const Recording& recording) {
  const RecordedPacket* request = nullptr;
  for (const RecordedPacket& packet : recording.packets) {
    if (packet.protocol != protocol_) continue;
    if (!packet.from_client && packet.code() == Code::configure_request) request = &packet;
    const bool nak = packet.code() == Code::configure_nak;
    if (!packet.from_client || (!nak && packet.code() != Code::configure_reject)) continue;
    for (const Option& option : packet.options()) {
      if (!nak) {
        refusals_.push_back({option.type, copy(option.data), {}});
        continue;
      }
      const auto offered = request == nullptr ? std::vector<Option>{} : request->options();
      const Option* refused = find(offered, option.type);
      if (refused == nullptr) continue;
      refusals_.push_back({option.type, copy(refused->data), copy(option.data)});
    }
  }
}

void RecordedProtocol::learn_acceptances(const Recording& recording) {
  for (const RecordedPacket& packet : recording.packets) {
    if (!packet.from_client || packet.protocol != protocol_) continue;
    if (packet.code() != Code::configure_ack) continue;
    for (const Option& option : packet.options()) {
      acceptances_.emplace_back(option.type, copy(option.data));
    }
  }
}

void RecordedProtocol::learn_agreement(const Recording& recording) {
  const RecordedPacket* request = nullptr;
  for (const RecordedPacket& packet : recording.packets) {
    if (packet.protocol != protocol_) continue;
    if (packet.from_client && packet.code() == Code::configure_request) request = &packet;
    const bool agreed = !packet.from_client && packet.code() == Code::configure_ack &&
                        request != nullptr && request->identifier() == packet.identifier();
    if (agreed) agreed_ = copy(request->data());
  }
}

std::optional<RecordedProtocol::Refusal> RecordedProtocol::refusal_of(const Option& option) const {
  const bool accepted = std::ranges::any_of(acceptances_, [&](const auto& acceptance) {
    return acceptance.first == option.type && equal(acceptance.second, option.data);
  });
  if (accepted) return {};
  const bool login = protocol_ == Protocol::lcp && option.type == kLcpAuthentication;
  for (const Refusal& refusal : refusals_) {
    if (refusal.type != option.type) continue;
    // Only that value was refused; but what was rejected is the option, where the value does not
    // make it another thing.
    const bool by_value = refusal.better || protocol_ == Protocol::ccp || login;
    if (!by_value || equal(refusal.offered, option.data)) return refusal;
  }
  if (login) return refusal_of_login(option);
  if (protocol_ == Protocol::ccp && option.type == kCcpMppe) return refusal_of_mppe(option);
  return {};
}

/// The recorded server never asked for this: the client would have what it had.
std::optional<RecordedProtocol::Refusal> RecordedProtocol::refusal_of_login(
    const Option& option) const {
  for (const auto& [type, value] : acceptances_) {
    if (type == option.type) return Refusal{option.type, copy(option.data), value};
  }
  for (const Refusal& refusal : refusals_) {
    if (refusal.type == option.type && refusal.better) {
      return Refusal{option.type, copy(option.data), refusal.better};
    }
  }
  return {};
}

/// Nor for this: what the client acknowledged or asked for itself says what it takes.
std::optional<RecordedProtocol::Refusal> RecordedProtocol::refusal_of_mppe(
    const Option& option) const {
  const std::uint32_t offered = option.as_u32().value_or(0);
  for (const auto& [type, value] : acceptances_) {
    const std::uint32_t taken = mode_in(value);
    if (type != option.type || (taken & Bits::kStrengths) == 0) continue;
    if (taken == offered) return {};
    return Refusal{option.type, copy(option.data), bits_of(taken)};
  }
  const auto own = mppe_request();
  if (!own) return Refusal{option.type, copy(option.data), {}};
  const std::uint32_t strengths = offered & Bits::kStrengths;
  const bool names_none = (*own & Bits::kStrengths) == 0;
  const bool same_state = ((*own ^ offered) & Bits::kStateless) == 0;
  if (same_state && (names_none || (*own & strengths) == strengths)) return {};
  return Refusal{option.type, copy(option.data), bits_of(*own)};
}

/// The bits of the client's last request for MPPE.
std::optional<std::uint32_t> RecordedProtocol::mppe_request() const {
  for (auto request = requests_.rbegin(); request != requests_.rend(); ++request) {
    const auto options = options_of(request->options);
    if (const Option* mppe = find(options, kCcpMppe)) return mppe->as_u32();
  }
  return {};
}

/// What the client asks for when this is suggested to it: what it agreed on in the recording, or
/// went on asking for to the end.
Bytes RecordedProtocol::better_mppe(View suggested) const {
  const auto agreed = options_of(agreed_);
  if (const Option* mppe = find(agreed, kCcpMppe)) {
    const std::uint32_t bits = mode_in(mppe->data);
    if ((bits & Bits::kStrengths) != 0) return bits_of(bits);
  }
  const std::uint32_t own = mppe_request().value_or(0);
  const std::uint32_t bits = Option{kCcpMppe, suggested}.as_u32().value_or(0);
  const bool agrees =
      ((own ^ bits) & Bits::kStateless) == 0 && (own & bits & Bits::kStrengths) != 0;
  return agrees || (own & Bits::kStrengths) == 0 ? copy(suggested) : bits_of(own);
}

Bytes RecordedProtocol::start() {
  started_ = true;
  return send(requests_[next_++]);
}

Bytes RecordedProtocol::send(const Request& request) {
  sent_ = request;
  return ControlPacket{Code::configure_request, request.identifier, request.options}.serialise();
}

std::vector<Bytes> RecordedProtocol::receive(const ControlPacket& packet) {
  if (packet.code == Code::terminate_request) {
    give_up();
    return {ControlPacket{Code::terminate_ack, packet.identifier, {}}.serialise()};
  }
  if (!started_) {
    // As pppd answers while it does not want the protocol yet.
    if (packet.code != Code::configure_request) return {};
    return {ControlPacket{Code::terminate_ack, packet.identifier, {}}.serialise()};
  }
  if (packet.code == Code::configure_request) return {answer(packet)};
  if (packet.identifier != sent_.identifier) return {};
  if (packet.code == Code::configure_ack) {
    ours_agreed_ = equal(packet.data, sent_.options);
  } else if (packet.code == Code::configure_nak || packet.code == Code::configure_reject) {
    ours_agreed_ = false;
    return {next_request(packet)};
  }
  return {};
}

Bytes RecordedProtocol::answer(const ControlPacket& request) {
  if (opened()) ++disturbed_;
  ppp::OptionList rejects;
  ppp::OptionList naks;
  for (const Option& option : options_of(request.data)) {
    const auto refusal = refusal_of(option);
    if (!refusal) continue;
    if (refusal->better) {
      naks.add(option.type, *refusal->better);
    } else {
      rejects.add(option.type, option.data);
    }
  }
  theirs_agreed_ = rejects.empty() && naks.empty();
  if (theirs_agreed_) accepted_ = copy(request.data);
  const ControlPacket reply =
      !rejects.empty() ? ControlPacket{Code::configure_reject, request.identifier, rejects.bytes()}
      : !naks.empty()  ? ControlPacket{Code::configure_nak, request.identifier, naks.bytes()}
                       : ControlPacket{Code::configure_ack, request.identifier, request.data};
  return reply.serialise();
}

Bytes RecordedProtocol::next_request(const ControlPacket& refused) {
  const auto options = options_of(refused.data);
  for (std::size_t i = next_; i < requests_.size(); ++i) {
    if (!complies(requests_[i].options, refused.code, options)) continue;
    next_ = i + 1;
    return send(requests_[i]);
  }
  return rebuild_request(refused);
}

Bytes RecordedProtocol::rebuild_request(const ControlPacket& refused) {
  ++rebuilt_;
  const auto verdict = options_of(refused.data);
  const Bytes before = sent_.options;
  ppp::OptionList list;
  for (const Option& option : options_of(before)) {
    const Option* named = find(verdict, option.type);
    if (named == nullptr) {
      list.add(option.type, option.data);
    } else if (refused.code == Code::configure_nak) {
      const bool mppe = protocol_ == Protocol::ccp && option.type == kCcpMppe;
      list.add(option.type, mppe ? better_mppe(named->data) : copy(named->data));
    }
  }
  return send({next_free_identifier_++, list.bytes()});
}

}  // namespace upptpd::replay
