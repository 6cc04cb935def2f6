// Cuts the octets of a TCP connection into PPTP control messages: RFC 2637 section 1.4.
#pragma once

#include <array>
#include <optional>
#include <variant>

#include "control/messages.hpp"

namespace upptpd::control {

/// A message whose length is plausible but whose type the RFC does not have: to be ignored.
struct UnknownControlMessage {
  std::uint16_t type = 0;
};

using StreamItem = std::variant<Message, UnknownControlMessage, ParseError>;

/// Holds at most one unfinished message. A ParseError is the last item: the cookie must not be used
/// to find the next message (section 1.4), so that what follows is worthless.
class MessageStream {
 public:
  /// Takes octets from the front of `input` and yields the next item. Nothing when `input` is used
  /// up: call again with what arrives next.
  std::optional<StreamItem> next(View& input);

 private:
  /// Whether `size` octets of the message are here now.
  bool fill(std::size_t size, View& input);
  StreamItem finish(const MessageHeader& header);
  StreamItem failed(ParseError error, View& input);

  std::array<std::uint8_t, kLongestMessage> buffer_{};
  std::size_t size_ = 0;
  bool failed_ = false;
};

}  // namespace upptpd::control
