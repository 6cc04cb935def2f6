#include "ppp/lcp.hpp"

#include <algorithm>
#include <utility>

#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd::ppp {
namespace {

// RFC 1661 section 6, and RFC 1570, 1990 for those that we must recognise to answer well.
constexpr std::uint8_t kMaximumReceiveUnit = 1;
constexpr std::uint8_t kAsyncControlCharacterMap = 2;
constexpr std::uint8_t kAuthenticationProtocol = 3;
constexpr std::uint8_t kMagicNumber = 5;
constexpr std::uint8_t kProtocolFieldCompression = 7;
constexpr std::uint8_t kAddressAndControlCompression = 8;
constexpr std::uint8_t kEndpointDiscriminator = 19;

constexpr std::uint16_t kDefaultMru = 1500;
/// Smaller ones are refused: our own control packets would not fit.
constexpr std::uint16_t kSmallestMru = 128;

Bytes copy(View bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

LcpNegotiation::LcpNegotiation(LcpSettings settings, RandomSource& random)
    : settings_(std::move(settings)), random_(random) {}

void LcpNegotiation::begin() {
  agreed_ = {};
  agreed_.our_magic = random_.u32();
  propose_mru_ = settings_.mru != kDefaultMru;
  proposed_mru_ = settings_.mru;
  propose_magic_ = true;
  propose_protocol_compression_ = true;
  propose_address_compression_ = true;
  logins_ = settings_.peer_may_log_in_by;
}

Bytes LcpNegotiation::propose() {
  OptionList list;
  if (propose_mru_) list.add_u16(kMaximumReceiveUnit, proposed_mru_);
  if (!logins_.empty() && logins_.front() != AuthMethod::none) {
    list.add(kAuthenticationProtocol, to_option(logins_.front()));
  }
  if (propose_magic_) list.add_u32(kMagicNumber, agreed_.our_magic);
  if (propose_protocol_compression_) list.add(kProtocolFieldCompression);
  if (propose_address_compression_) list.add(kAddressAndControlCompression);
  return list.bytes();
}

void LcpNegotiation::on_ack() {
  if (!logins_.empty()) agreed_.peer_logs_in_by = logins_.front();
}

// Before anything else is judged: on a looped line the rest is our own request, whose login we
// would reject, and then take that for the peer's word.
bool LcpNegotiation::is_looped_back(const std::vector<Option>& options) {
  const auto is_our_magic = [&](const Option& option) {
    return option.type == kMagicNumber && option.as_u32() == agreed_.our_magic;
  };
  if (std::ranges::none_of(options, is_our_magic)) {
    own_magic_seen_ = 0;
    return false;
  }
  if (++own_magic_seen_ == kLoop) notices_.push(LoopedBack{});
  return true;
}

Judgement LcpNegotiation::judge(View options, bool may_nak) {
  OptionList naks;
  OptionList rejects;
  const auto refuse = [&](const Option& option, Bytes better) {
    may_nak ? naks.add(option.type, better) : rejects.add(option.type, option.data);
  };
  LinkOptions wanted = agreed_;
  wanted.peer_mru = kDefaultMru;
  wanted.send_compression = {};
  wanted.we_log_in = false;
  const auto list = parse_options(options).value_or(std::vector<Option>{});
  if (!std::exchange(first_request_seen_, true)) notices_.push(FirstRequest{});
  if (is_looped_back(list)) {
    return {Judgement::Kind::nak, OptionList().add_u32(kMagicNumber, random_.u32()).bytes()};
  }
  for (const Option& option : list) {
    switch (option.type) {
      case kMaximumReceiveUnit:
        wanted.peer_mru = option.as_u16().value_or(0);
        if (wanted.peer_mru < kSmallestMru) refuse(option, {kDefaultMru >> 8, kDefaultMru & 0xff});
        break;
      case kAsyncControlCharacterMap:
        break;  // there are no control characters to escape in GRE
      case kAuthenticationProtocol:
        // A client does not ask its server to log in.
        if (!settings_.we_log_in_by) {
          rejects.add(option.type, option.data);
          break;
        }
        wanted.we_log_in = from_option(option.data) == settings_.we_log_in_by;
        if (wanted.we_log_in) {
          unacceptable_login_.reset();
        } else {
          unacceptable_login_ = copy(option.data);
          refuse(option, to_option(*settings_.we_log_in_by));
        }
        break;
      case kMagicNumber:
        wanted.peer_magic = option.as_u32().value_or(0);
        if (wanted.peer_magic == 0) naks.add_u32(kMagicNumber, random_.u32());
        break;
      case kProtocolFieldCompression:
        wanted.send_compression.protocol_field = true;
        break;
      case kAddressAndControlCompression:
        wanted.send_compression.address_and_control = true;
        break;
      case kEndpointDiscriminator:
        break;  // means nothing without multilink, which is rejected
      // Callback (13): acknowledged, it would need CBCP. MRRU (17): we do no multilink.
      default:
        rejects.add(option.type, option.data);
        break;
    }
  }
  if (!rejects.empty()) return {Judgement::Kind::reject, rejects.bytes()};
  if (!naks.empty()) return {Judgement::Kind::nak, naks.bytes()};
  agreed_ = wanted;
  return {Judgement::Kind::ack, {}};
}

/// The peer does not log in as we asked; it would by what `wanted` is the option of.
Agreement LcpNegotiation::take_other_login(View wanted) {
  const auto method = from_option(wanted);
  // Our own words, or an answer to a question that we did not put.
  if (logins_.empty() || method == logins_.front()) return Agreement::possible;
  logins_.erase(logins_.begin());
  const auto found = method ? std::ranges::find(logins_, *method) : logins_.end();
  if (found != logins_.end()) std::rotate(logins_.begin(), found, std::next(found));
  if (!logins_.empty()) return Agreement::possible;
  notices_.push(AuthenticationRefused{copy(wanted)});
  return Agreement::impossible;
}

Agreement LcpNegotiation::on_nak(View options) {
  const auto list = parse_options(options);
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    switch (option.type) {
      case kMaximumReceiveUnit: {
        const std::uint16_t suggested = option.as_u16().value_or(0);
        // Windows 2000 sends our own number back: then it wants none.
        propose_mru_ =
            suggested >= kSmallestMru && suggested < kDefaultMru && suggested != proposed_mru_;
        if (propose_mru_) proposed_mru_ = suggested;
        break;
      }
      case kAuthenticationProtocol:
        if (take_other_login(option.data) == Agreement::impossible) return Agreement::impossible;
        break;
      case kMagicNumber:
        agreed_.our_magic = random_.u32();
        break;
      case kProtocolFieldCompression:
        propose_protocol_compression_ = false;
        break;
      case kAddressAndControlCompression:
        propose_address_compression_ = false;
        break;
      default:
        break;  // what we did not ask for, we don't need
    }
  }
  return Agreement::possible;
}

Agreement LcpNegotiation::on_reject(View options) {
  const auto list = parse_options(options);
  for (const Option& option : list.value_or(std::vector<Option>{})) {
    switch (option.type) {
      case kMaximumReceiveUnit:
        propose_mru_ = false;
        break;
      case kAuthenticationProtocol:
        // No login at all, it says.
        if (std::ranges::count(logins_, AuthMethod::none) == 0) {
          notices_.push(AuthenticationRefused{});
          return Agreement::impossible;
        }
        logins_ = {AuthMethod::none};
        break;
      case kMagicNumber:
        propose_magic_ = false;
        agreed_.our_magic = 0;
        break;
      case kProtocolFieldCompression:
        propose_protocol_compression_ = false;
        break;
      case kAddressAndControlCompression:
        propose_address_compression_ = false;
        break;
      default:
        break;
    }
  }
  return Agreement::possible;
}

ExtraCode LcpNegotiation::on_extra_code(const ControlPacket& packet) {
  switch (packet.code) {
    case Code::protocol_reject: {
      Reader reader(packet.data);
      const auto protocol = static_cast<Protocol>(reader.u16());
      if (reader.ok()) notices_.push(ProtocolRejected{protocol});
      return ExtraCode::handled;
    }
    case Code::echo_request:
    case Code::echo_reply:  // that it came is all that counts, and known
    case Code::discard_request:
      return ExtraCode::echo;
    case Code::identification: {
      Reader reader(packet.data);
      reader.skip(4);  // its magic number
      notices_.push(Identified{copy(reader.rest())});
      return ExtraCode::handled;
    }
    case Code::time_remaining:
      return ExtraCode::handled;
    case Code::configure_request:
    case Code::configure_ack:
    case Code::configure_nak:
    case Code::configure_reject:
    case Code::terminate_request:
    case Code::terminate_ack:
    case Code::code_reject:
    case Code::reset_request:
    case Code::reset_ack:
    default:
      return ExtraCode::unknown;
  }
}

Bytes LcpNegotiation::echo_reply(const ControlPacket& request) {
  Bytes reply = magic_number_data(agreed_.our_magic);
  Reader reader(request.data);
  reader.skip(4);
  const View rest = reader.rest();
  const std::size_t room = agreed_.peer_mru - 8U;  // the packet's header and the magic number
  reply.insert(reply.end(), rest.begin(),
               rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.size(), room)));
  return reply;
}

Bytes protocol_reject_data(Protocol protocol, View packet, std::uint16_t peer_mru) {
  const std::size_t room = peer_mru - 6U;  // the packet's header and the protocol's number
  const View shown = packet.first(std::min(packet.size(), room));
  Bytes data(2 + shown.size());
  Writer writer(data);
  writer.u16(static_cast<std::uint16_t>(protocol));
  writer.bytes(shown);
  return data;
}

Bytes magic_number_data(std::uint32_t magic) {
  Bytes data(4);
  Writer(data).u32(magic);
  return data;
}

void LcpEcho::start(Instant now) {
  heard(now);
  if (settings_.interval > Duration::zero()) timer_.start(now + settings_.interval);
}

void LcpEcho::heard(Instant now) {
  last_heard_ = now;
  unanswered_ = 0;
}

LcpEcho::Action LcpEcho::advance(Instant now) {
  if (!timer_.expire(now)) return Action::none;
  // Every packet would move the timer; looking back once an interval costs nothing on the data
  // path.
  if (unanswered_ == 0 && now - last_heard_ < settings_.interval) {
    timer_.start(last_heard_ + settings_.interval);
    return Action::none;
  }
  if (unanswered_ >= settings_.failure) return Action::peer_is_gone;
  ++unanswered_;
  timer_.start(now + settings_.interval);
  return Action::send_request;
}

}  // namespace upptpd::ppp
