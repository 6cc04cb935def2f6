#include "control/message_stream.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"

namespace upptpd::control {

std::optional<StreamItem> MessageStream::next(View& input) {
  if (failed_) input = {};
  if (!fill(kHeaderLength, input)) return {};
  const Result<MessageHeader, ParseError> header = parse_header(View(buffer_).first(size_));
  if (!header) return failed(header.error(), input);
  if (!fill(header->length, input)) return {};
  return finish(*header);
}

bool MessageStream::fill(std::size_t size, View& input) {
  if (size_ >= size) return true;
  const std::size_t taken = std::min(size - size_, input.size());
  std::copy_n(input.begin(), taken, buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += taken;
  input = input.subspan(taken);
  return size_ == size;
}

StreamItem MessageStream::finish(const MessageHeader& header) {
  size_ = 0;
  if (!header.type) return UnknownControlMessage{header.type_number};
  Result<Message, ParseError> message = parse(View(buffer_).first(header.length));
  check(message.has_value());
  return *std::move(message);
}

StreamItem MessageStream::failed(ParseError error, View& input) {
  failed_ = true;
  size_ = 0;
  input = {};
  return error;
}

}  // namespace upptpd::control
