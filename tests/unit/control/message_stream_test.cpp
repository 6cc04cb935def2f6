#include "control/message_stream.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace upptpd::control {
namespace {

std::vector<StreamItem> drain(MessageStream& stream, View input) {
  std::vector<StreamItem> items;
  while (auto item = stream.next(input)) items.push_back(*std::move(item));
  EXPECT_TRUE(input.empty());
  return items;
}

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

const std::vector<Message>& three_messages() {
  static const std::vector<Message> messages = {
      StartControlConnectionRequest{.vendor_name = "Microsoft"},
      OutgoingCallRequest{.call_id = SenderCallId(0), .maximum_speed = 100'000'000},
      EchoRequest{.identifier = 7}};
  return messages;
}

Bytes joined() {
  Bytes octets;
  for (const Message& message : three_messages()) append(octets, serialise(message));
  return octets;
}

void expect_three(const std::vector<StreamItem>& items) {
  ASSERT_EQ(items.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(std::holds_alternative<Message>(items[i]));
    EXPECT_EQ(std::get<Message>(items[i]), three_messages()[i]);
  }
}

Bytes with_octet(Bytes bytes, std::size_t at, std::uint8_t value) {
  bytes[at] = value;
  return bytes;
}

void expect_only_error(const Bytes& octets, ParseError error) {
  MessageStream stream;
  const auto items = drain(stream, octets);
  ASSERT_EQ(items.size(), 1U);
  ASSERT_TRUE(std::holds_alternative<ParseError>(items[0]));
  EXPECT_EQ(std::get<ParseError>(items[0]), error);
}

TEST(MessageStream, YieldsMessagesThatArriveTogether) {
  MessageStream stream;
  expect_three(drain(stream, joined()));
}

TEST(MessageStream, YieldsMessagesThatAreSplitAnywhere) {
  const Bytes octets = joined();
  for (std::size_t cut = 0; cut <= octets.size(); ++cut) {
    MessageStream stream;
    auto items = drain(stream, View(octets).first(cut));
    for (auto& item : drain(stream, View(octets).subspan(cut))) items.push_back(std::move(item));
    expect_three(items);
  }
}

TEST(MessageStream, YieldsMessagesThatComeOctetByOctet) {
  const Bytes octets = joined();
  MessageStream stream;
  std::vector<StreamItem> items;
  for (const std::uint8_t& octet : octets) {
    for (auto& item : drain(stream, View(&octet, 1))) items.push_back(std::move(item));
  }
  expect_three(items);
}

TEST(MessageStream, YieldsNothingForAnUnfinishedMessage) {
  const Bytes octets = serialise(IncomingCallRequest{});
  MessageStream stream;
  EXPECT_TRUE(drain(stream, View(octets).first(octets.size() - 1)).empty());
}

TEST(MessageStream, RefusesAWrongMagicCookie) {
  for (std::size_t at = 4; at < 8; ++at) {
    expect_only_error(with_octet(joined(), at, 0xee), ParseError::bad_magic_cookie);
  }
}

TEST(MessageStream, RefusesAnotherProtocolAfterOneHeader) {
  expect_only_error(to_bytes("GET / HTTP/1.1\r\nHost: gate\r\n\r\n"), ParseError::bad_magic_cookie);
}

TEST(MessageStream, RefusesManagementMessages) {
  expect_only_error(with_octet(joined(), 3, 2), ParseError::not_control_message);
}

TEST(MessageStream, RefusesALengthThatIsNotTheTypes) {
  const Bytes echo = serialise(EchoRequest{});
  for (const auto length :
       std::initializer_list<std::uint8_t>{0, 4, 12, 15, 17, 20, 220, 221, 255}) {
    expect_only_error(with_octet(echo, 1, length), ParseError::wrong_length);
  }
  expect_only_error(with_octet(echo, 0, 0xff), ParseError::wrong_length);
}

TEST(MessageStream, AnErrorIsTheLastItem) {
  MessageStream stream;
  drain(stream, with_octet(joined(), 4, 0));
  EXPECT_TRUE(drain(stream, joined()).empty());
}

TEST(MessageStream, SkipsAMessageOfUnknownType) {
  Bytes octets = with_octet(serialise(WanErrorNotify{}), 9, 99);
  append(octets, joined());
  MessageStream stream;
  auto items = drain(stream, octets);
  ASSERT_EQ(items.size(), 4U);
  ASSERT_TRUE(std::holds_alternative<UnknownControlMessage>(items[0]));
  EXPECT_EQ(std::get<UnknownControlMessage>(items[0]).type, 99);
  items.erase(items.begin());
  expect_three(items);
}

TEST(MessageStream, BoundsTheLengthOfAnUnknownType) {
  const Bytes unknown = with_octet(serialise(IncomingCallRequest{}), 9, 16);
  MessageStream stream;
  ASSERT_EQ(drain(stream, unknown).size(), 1U);
  expect_only_error(with_octet(unknown, 1, 221), ParseError::wrong_length);
  expect_only_error(with_octet(unknown, 1, 11), ParseError::wrong_length);
  const auto shortest = drain(stream, View(with_octet(unknown, 1, 12)).first(12));
  ASSERT_EQ(shortest.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<UnknownControlMessage>(shortest[0]));
}

}  // namespace
}  // namespace upptpd::control
