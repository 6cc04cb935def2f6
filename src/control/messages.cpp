#include "control/messages.hpp"

#include <algorithm>
#include <type_traits>

#include "core/check.hpp"
#include "core/reader.hpp"
#include "core/writer.hpp"

namespace upptpd::control {
namespace {

/// The fields of one message in their order on the wire: read and written by the same list, so that
/// the two cannot differ. Each is told the field, its width follows from its type.
class FieldReader {
 public:
  explicit FieldReader(View body) : reader_(body) {}

  void number(std::uint8_t& value) { value = reader_.u8(); }
  void number(std::uint16_t& value) { value = reader_.u16(); }
  void number(std::uint32_t& value) { value = reader_.u32(); }

  template <class Enum>
  void code(Enum& value) {
    std::underlying_type_t<Enum> octets{};
    number(octets);
    value = Enum{octets};
  }

  template <class Id>
  void id(Id& value) {
    value = Id(reader_.u16());
  }

  void reserved(std::size_t size) { reader_.skip(size); }

  // Windows 95 leaves junk after the NUL (docs/protocol-notes.md).
  void text(std::string& value, std::size_t width) { value = until_nul(reader_.bytes(width)); }

  /// The length of a number that comes later.
  std::size_t number_length(const std::string& /*value*/) { return reader_.u16(); }

  void phone_number(std::string& value, std::size_t length) {
    const View field = reader_.bytes(kPhoneNumberLength);
    value = until_nul(field.first(std::min(length, field.size())));
  }

  void octets(Subaddress& value) { value = reader_.array<kSubaddressLength>(); }

  [[nodiscard]] bool done() const { return reader_.ok() && reader_.left() == 0; }

 private:
  static std::string until_nul(View field) {
    return {field.begin(), std::find(field.begin(), field.end(), std::uint8_t{0})};
  }

  Reader reader_;
};

class FieldWriter {
 public:
  explicit FieldWriter(MutableView body) : writer_(body), width_(body.size()) {}

  void number(std::uint8_t value) { writer_.u8(value); }
  void number(std::uint16_t value) { writer_.u16(value); }
  void number(std::uint32_t value) { writer_.u32(value); }

  template <class Enum>
  void code(Enum value) {
    number(static_cast<std::underlying_type_t<Enum>>(value));
  }

  template <class Id>
  void id(Id value) {
    writer_.u16(value.value());
  }

  void reserved(std::size_t size) { writer_.zeros(size); }
  void text(const std::string& value, std::size_t width) { writer_.text(value, width); }

  std::size_t number_length(const std::string& value) {
    const std::size_t length = std::min(value.size(), kPhoneNumberLength);
    writer_.u16(static_cast<std::uint16_t>(length));
    return length;
  }

  void phone_number(const std::string& value, std::size_t /*length*/) {
    writer_.text(value, kPhoneNumberLength);
  }

  void octets(const Subaddress& value) { writer_.bytes(value); }

  [[nodiscard]] bool done() const { return writer_.ok() && writer_.size() == width_; }

 private:
  Writer writer_;
  std::size_t width_;
};

/// `M` is the message, const when it is written.
template <class M, class Expected>
concept Is = std::is_same_v<std::remove_const_t<M>, Expected>;

void start_capabilities(auto& field, auto& message) {
  field.number(message.framing_capabilities);
  field.number(message.bearer_capabilities);
  field.number(message.maximum_channels);
  field.number(message.firmware_revision);
  field.text(message.host_name, kNameLength);
  field.text(message.vendor_name, kNameLength);
}

void result_and_error(auto& field, auto& message) {
  field.code(message.result);
  field.code(message.error);
}

void fields(auto& field, Is<StartControlConnectionRequest> auto& message) {
  field.number(message.protocol_version);
  field.reserved(2);
  start_capabilities(field, message);
}

void fields(auto& field, Is<StartControlConnectionReply> auto& message) {
  field.number(message.protocol_version);
  result_and_error(field, message);
  start_capabilities(field, message);
}

void fields(auto& field, Is<StopControlConnectionRequest> auto& message) {
  field.code(message.reason);
  field.reserved(3);
}

void fields(auto& field, Is<StopControlConnectionReply> auto& message) {
  result_and_error(field, message);
  field.reserved(2);
}

void fields(auto& field, Is<EchoRequest> auto& message) { field.number(message.identifier); }

void fields(auto& field, Is<EchoReply> auto& message) {
  field.number(message.identifier);
  result_and_error(field, message);
  field.reserved(2);
}

void fields(auto& field, Is<OutgoingCallRequest> auto& message) {
  field.id(message.call_id);
  field.number(message.call_serial_number);
  field.number(message.minimum_speed);
  field.number(message.maximum_speed);
  field.number(message.bearer_type);
  field.number(message.framing_type);
  field.number(message.receive_window);
  field.number(message.processing_delay);
  const std::size_t length = field.number_length(message.phone_number);
  field.reserved(2);
  field.phone_number(message.phone_number, length);
  field.octets(message.subaddress);
}

void fields(auto& field, Is<OutgoingCallReply> auto& message) {
  field.id(message.call_id);
  field.id(message.peer_call_id);
  result_and_error(field, message);
  field.code(message.cause);
  field.number(message.connect_speed);
  field.number(message.receive_window);
  field.number(message.processing_delay);
  field.number(message.physical_channel_id);
}

void fields(auto& field, Is<IncomingCallRequest> auto& message) {
  field.id(message.call_id);
  field.number(message.call_serial_number);
  field.number(message.bearer_type);
  field.number(message.physical_channel_id);
  const std::size_t dialed_length = field.number_length(message.dialed_number);
  const std::size_t dialing_length = field.number_length(message.dialing_number);
  field.phone_number(message.dialed_number, dialed_length);
  field.phone_number(message.dialing_number, dialing_length);
  field.octets(message.subaddress);
}

void fields(auto& field, Is<IncomingCallReply> auto& message) {
  field.id(message.call_id);
  field.id(message.peer_call_id);
  result_and_error(field, message);
  field.number(message.receive_window);
  field.number(message.transmit_delay);
  field.reserved(2);
}

void fields(auto& field, Is<IncomingCallConnected> auto& message) {
  field.id(message.peer_call_id);
  field.reserved(2);
  field.number(message.connect_speed);
  field.number(message.receive_window);
  field.number(message.transmit_delay);
  field.number(message.framing_type);
}

void fields(auto& field, Is<CallClearRequest> auto& message) {
  field.id(message.call_id);
  field.reserved(2);
}

void fields(auto& field, Is<CallDisconnectNotify> auto& message) {
  field.id(message.call_id);
  result_and_error(field, message);
  field.code(message.cause);
  field.reserved(2);
  field.text(message.call_statistics, kCallStatisticsLength);
}

void fields(auto& field, Is<WanErrorNotify> auto& message) {
  field.id(message.peer_call_id);
  field.reserved(2);
  field.number(message.crc_errors);
  field.number(message.framing_errors);
  field.number(message.hardware_overruns);
  field.number(message.buffer_overruns);
  field.number(message.time_out_errors);
  field.number(message.alignment_errors);
}

void fields(auto& field, Is<SetLinkInfo> auto& message) {
  field.id(message.peer_call_id);
  field.reserved(2);
  field.number(message.send_accm);
  field.number(message.receive_accm);
}

/// One row for each alternative of Message.
struct MessageKind {
  ControlMessageType type;
  std::size_t length;
  Message (*parse_body)(View body);
};

template <class M>
Message parse_body(View body) {
  M message;
  FieldReader field(body);
  fields(field, message);
  check(field.done());  // The length was compared with the type's before.
  return message;
}

template <class... M>
constexpr std::array<MessageKind, sizeof...(M)> kinds_of(const std::variant<M...>* /*tag*/) {
  return {MessageKind{M::kType, M::kLength, parse_body<M>}...};
}

constexpr auto kKinds = kinds_of(static_cast<const Message*>(nullptr));

const MessageKind* find_kind(std::uint16_t type_number) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [&](const MessageKind& kind) {
    return kind.type == ControlMessageType{type_number};
  });
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace

std::string_view describe(ParseError error) {
  switch (error) {
    case ParseError::truncated:
      return "the message is shorter than a header";
    case ParseError::bad_magic_cookie:
      return "the magic cookie is wrong";
    case ParseError::not_control_message:
      return "the PPTP message type is not 1 (control message)";
    case ParseError::wrong_length:
      return "the length is not that of the message's type";
    case ParseError::unknown_control_message_type:
      return "the control message type is unknown";
  }
  check(false);
  return {};
}

Result<MessageHeader, ParseError> parse_header(View bytes) {
  Reader reader(bytes);
  MessageHeader header;
  header.length = reader.u16();
  const std::uint16_t message_type = reader.u16();
  const std::uint32_t magic_cookie = reader.u32();
  header.type_number = reader.u16();
  reader.skip(2);
  if (!reader.ok()) return fail_with(ParseError::truncated);
  if (magic_cookie != kMagicCookie) return fail_with(ParseError::bad_magic_cookie);
  if (message_type != kControlMessage) return fail_with(ParseError::not_control_message);

  if (const MessageKind* kind = find_kind(header.type_number)) {
    if (header.length != kind->length) return fail_with(ParseError::wrong_length);
    header.type = kind->type;
  } else if (header.length < kHeaderLength || header.length > kLongestMessage) {
    return fail_with(ParseError::wrong_length);
  }
  return header;
}

Result<Message, ParseError> parse(View whole_message) {
  const Result<MessageHeader, ParseError> header = parse_header(whole_message);
  if (!header) return fail_with(header.error());
  if (header->length != whole_message.size()) return fail_with(ParseError::wrong_length);
  if (!header->type) return fail_with(ParseError::unknown_control_message_type);
  return find_kind(header->type_number)->parse_body(whole_message.subspan(kHeaderLength));
}

Bytes serialise(const Message& message) {
  return std::visit(
      []<class M>(const M& alternative) {
        Bytes bytes(M::kLength);
        Writer header(MutableView(bytes).first(kHeaderLength));
        header.u16(static_cast<std::uint16_t>(M::kLength));
        header.u16(kControlMessage);
        header.u32(kMagicCookie);
        header.u16(static_cast<std::uint16_t>(M::kType));
        header.u16(0);
        FieldWriter field(MutableView(bytes).subspan(kHeaderLength));
        fields(field, alternative);
        check(header.ok() && field.done());
        return bytes;
      },
      message);
}

}  // namespace upptpd::control
