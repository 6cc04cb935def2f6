#include "control/messages.hpp"

#include <gtest/gtest.h>

#include <random>

namespace upptpd::control {
namespace {

Bytes zeros(std::size_t count) { return Bytes(count); }

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// A field of fixed width: the text, then zeros.
Bytes padded(std::string_view text, std::size_t width) {
  Bytes field = to_bytes(text);
  field.resize(width);
  return field;
}

void expect_wire(const Message& message, const Bytes& wire) {
  EXPECT_EQ(to_hex(serialise(message)), to_hex(wire));
  const auto parsed = parse(wire);
  ASSERT_TRUE(parsed.has_value()) << describe(parsed.error());
  EXPECT_EQ(*parsed, message);
}

template <class M>
M parsed_as(const Bytes& wire) {
  const auto parsed = parse(wire);
  if (!parsed || !std::holds_alternative<M>(*parsed)) {
    ADD_FAILURE() << "not the expected message";
    return {};
  }
  return std::get<M>(*parsed);
}

TEST(StartControlConnectionRequest, HasTheOctetsOfWindows10) {
  expect_wire(StartControlConnectionRequest{.framing_capabilities = kAsynchronousFraming,
                                            .bearer_capabilities = kAnalogBearer,
                                            .vendor_name = "Microsoft"},
              from_hex("009c 0001 1a2b3c4d 0001 0000"
                       "0100 0000 00000001 00000001 0000 0000") +
                  zeros(64) + padded("Microsoft", 64));
}

TEST(StartControlConnectionReply, HasResultAndErrorInOneOctetEach) {
  expect_wire(StartControlConnectionReply{.result = StartResult::general_error,
                                          .error = GeneralError::no_resource,
                                          .framing_capabilities = 3,
                                          .bearer_capabilities = 2,
                                          .maximum_channels = 8,
                                          .firmware_revision = 0x1234,
                                          .host_name = "gate",
                                          .vendor_name = "upptpd"},
              from_hex("009c 0001 1a2b3c4d 0002 0000"
                       "0100 02 04 00000003 00000002 0008 1234") +
                  padded("gate", 64) + padded("upptpd", 64));
}

TEST(StopControlConnectionRequest, HasItsReason) {
  expect_wire(StopControlConnectionRequest{.reason = StopReason::local_shutdown},
              from_hex("0010 0001 1a2b3c4d 0003 0000 03 00 0000"));
}

TEST(StopControlConnectionReply, HasItsResult) {
  expect_wire(StopControlConnectionReply{.result = StopResult::closed},
              from_hex("0010 0001 1a2b3c4d 0004 0000 01 00 0000"));
}

TEST(EchoRequest, HasItsIdentifier) {
  expect_wire(EchoRequest{.identifier = 0xdeadbeef},
              from_hex("0010 0001 1a2b3c4d 0005 0000 deadbeef"));
}

TEST(EchoReply, HasItsIdentifierAndResult) {
  expect_wire(EchoReply{.identifier = 0xdeadbeef, .result = EchoResult::valid},
              from_hex("0014 0001 1a2b3c4d 0006 0000 deadbeef 01 00 0000"));
}

TEST(OutgoingCallRequest, HasTheOctetsOfWindows10) {
  expect_wire(OutgoingCallRequest{.call_id = SenderCallId(0x9d49),
                                  .call_serial_number = 3,
                                  .minimum_speed = 300,
                                  .maximum_speed = 100'000'000,
                                  .bearer_type = kAnyBearer,
                                  .framing_type = kAnyFraming,
                                  .receive_window = 64},
              from_hex("00a8 0001 1a2b3c4d 0007 0000"
                       "9d49 0003 0000012c 05f5e100 00000003 00000003 0040 0000 0000 0000") +
                  zeros(128));
}

TEST(OutgoingCallReply, HasBothCallIds) {
  expect_wire(OutgoingCallReply{.call_id = SenderCallId(0x0102),
                                .peer_call_id = ReceiverCallId(0x9d49),
                                .result = OutgoingCallResult::connected,
                                .connect_speed = 100'000'000,
                                .receive_window = 64,
                                .processing_delay = 1,
                                .physical_channel_id = 0x01020304},
              from_hex("0020 0001 1a2b3c4d 0008 0000"
                       "0102 9d49 01 00 0000 05f5e100 0040 0001 01020304"));
}

TEST(IncomingCallRequest, HasTwoNumbersAndASubaddress) {
  expect_wire(IncomingCallRequest{.call_id = SenderCallId(7),
                                  .call_serial_number = 8,
                                  .bearer_type = kDigitalBearer,
                                  .physical_channel_id = 9,
                                  .dialed_number = "555",
                                  .dialing_number = "0123456"},
              from_hex("00dc 0001 1a2b3c4d 0009 0000"
                       "0007 0008 00000002 00000009 0003 0007") +
                  padded("555", 64) + padded("0123456", 64) + zeros(64));
}

TEST(IncomingCallReply, HasItsOctets) {
  expect_wire(IncomingCallReply{.call_id = SenderCallId(1),
                                .peer_call_id = ReceiverCallId(2),
                                .result = IncomingCallResult::do_not_accept,
                                .receive_window = 3,
                                .transmit_delay = 4},
              from_hex("0018 0001 1a2b3c4d 000a 0000 0001 0002 03 00 0003 0004 0000"));
}

TEST(IncomingCallConnected, HasItsOctets) {
  expect_wire(IncomingCallConnected{.peer_call_id = ReceiverCallId(2),
                                    .connect_speed = 64000,
                                    .receive_window = 3,
                                    .transmit_delay = 4,
                                    .framing_type = kSynchronousFraming},
              from_hex("001c 0001 1a2b3c4d 000b 0000 0002 0000 0000fa00 0003 0004 00000002"));
}

TEST(CallClearRequest, Has16OctetsAsOnTheWireAndNot32AsMicrosoftPrintsIt) {
  expect_wire(CallClearRequest{.call_id = SenderCallId(0x9d49)},
              from_hex("0010 0001 1a2b3c4d 000c 0000 9d49 0000"));
}

TEST(CallDisconnectNotify, HasItsOctets) {
  expect_wire(CallDisconnectNotify{.call_id = SenderCallId(0x0102),
                                   .result = CallDisconnectResult::request,
                                   .cause = CauseCode{0x0010},
                                   .call_statistics = "none"},
              from_hex("0094 0001 1a2b3c4d 000d 0000 0102 04 00 0010 0000") + padded("none", 128));
}

TEST(WanErrorNotify, HasSixCounters) {
  expect_wire(WanErrorNotify{.peer_call_id = ReceiverCallId(0x9d49),
                             .crc_errors = 1,
                             .framing_errors = 2,
                             .hardware_overruns = 3,
                             .buffer_overruns = 4,
                             .time_out_errors = 5,
                             .alignment_errors = 6},
              from_hex("0028 0001 1a2b3c4d 000e 0000 9d49 0000"
                       "00000001 00000002 00000003 00000004 00000005 00000006"));
}

TEST(SetLinkInfo, HasTheOctetsOfWindows) {
  expect_wire(
      SetLinkInfo{
          .peer_call_id = ReceiverCallId(0x0102), .send_accm = 0, .receive_accm = 0xffffffff},
      from_hex("0018 0001 1a2b3c4d 000f 0000 0102 0000 00000000 ffffffff"));
}

TEST(Messages, NamesEndAtTheFirstNul) {
  Bytes wire =
      serialise(StartControlConnectionRequest{.host_name = "pc", .vendor_name = "Microsoft"});
  wire[28 + 3] = 'X';  // Windows 95 leaves junk behind the name.
  wire[28 + 64 + 63] = 'Y';
  const auto request = parsed_as<StartControlConnectionRequest>(wire);
  EXPECT_EQ(request.host_name, "pc");
  EXPECT_EQ(request.vendor_name, "Microsoft");
}

TEST(Messages, NamesMayFillTheirFields) {
  const StartControlConnectionRequest full{.host_name = std::string(64, 'h'),
                                           .vendor_name = std::string(64, 'v')};
  EXPECT_EQ(parsed_as<StartControlConnectionRequest>(serialise(full)), full);
}

TEST(Messages, NamesThatAreTooLongAreCut) {
  const auto request = parsed_as<StartControlConnectionRequest>(serialise(
      StartControlConnectionRequest{.host_name = std::string(100, 'h'), .vendor_name = "v"}));
  EXPECT_EQ(request.host_name, std::string(64, 'h'));
  EXPECT_EQ(request.vendor_name, "v");
}

TEST(Messages, ThePhoneNumberIsAsLongAsItsLengthSays) {
  Bytes wire = serialise(OutgoingCallRequest{.phone_number = "12345"});
  wire[37] = 3;
  EXPECT_EQ(parsed_as<OutgoingCallRequest>(wire).phone_number, "123");
}

TEST(Messages, ThePhoneNumberNeverLeavesItsField) {
  Bytes wire = serialise(OutgoingCallRequest{.phone_number = std::string(64, '1')});
  wire[36] = 0xff;
  wire[37] = 0xff;
  std::fill(wire.begin() + 104, wire.end(), std::uint8_t{'9'});
  EXPECT_EQ(parsed_as<OutgoingCallRequest>(wire).phone_number, std::string(64, '1'));
}

TEST(Messages, TheSubaddressKeepsAllItsOctets) {
  OutgoingCallRequest request;
  for (std::size_t i = 0; i < request.subaddress.size(); ++i) {
    request.subaddress[i] = static_cast<std::uint8_t>(i % 2 == 0 ? 0 : 0xff - i);
  }
  EXPECT_EQ(parsed_as<OutgoingCallRequest>(serialise(request)), request);
}

TEST(Messages, NonZeroReservedFieldsAreAccepted) {
  Bytes wire = serialise(SetLinkInfo{.peer_call_id = ReceiverCallId(5), .send_accm = 6});
  wire[10] = wire[11] = wire[14] = wire[15] = 0xff;
  const auto info = parsed_as<SetLinkInfo>(wire);
  EXPECT_EQ(info.peer_call_id, ReceiverCallId(5));
  EXPECT_EQ(info.send_accm, 6U);
}

TEST(Messages, UnknownCodesStayNumbers) {
  const CallDisconnectNotify notify{
      .result = CallDisconnectResult{0}, .error = GeneralError{200}, .cause = CauseCode{0xfffe}};
  EXPECT_EQ(parsed_as<CallDisconnectNotify>(serialise(notify)), notify);
}

TEST(Messages, TheLengthMustBeThatOfTheType) {
  Bytes shorter = serialise(CallClearRequest{});
  shorter[1] = 15;
  EXPECT_EQ(parse(shorter).error(), ParseError::wrong_length);
  Bytes longer = serialise(CallClearRequest{}) + zeros(16);
  longer[1] = 32;
  EXPECT_EQ(parse(longer).error(), ParseError::wrong_length);
}

TEST(Messages, WhatIsNotOneWholeMessageIsRefused) {
  const Bytes whole = serialise(EchoReply{.identifier = 1});
  EXPECT_EQ(parse(whole + zeros(1)).error(), ParseError::wrong_length);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(parse(View(whole).first(size)).error(),
              size < kHeaderLength ? ParseError::truncated : ParseError::wrong_length);
  }
}

TEST(Messages, AForeignHeaderIsRefused) {
  Bytes wire = serialise(EchoRequest{});
  wire[3] = 2;
  EXPECT_EQ(parse(wire).error(), ParseError::not_control_message);
  wire[7] ^= 1;
  EXPECT_EQ(parse(wire).error(), ParseError::bad_magic_cookie);
  for (const auto type : std::initializer_list<std::uint8_t>{0, 16, 255}) {
    wire = serialise(EchoRequest{});
    wire[9] = type;
    EXPECT_EQ(parse(wire).error(), ParseError::unknown_control_message_type);
  }
}

/// The first message of each type, then random octets in all fields.
class AnyMessage : public testing::TestWithParam<std::uint8_t> {};

TEST_P(AnyMessage, SurvivesTheRoundTrip) {
  const std::uint8_t lengths[] = {156, 156, 16, 16, 16, 20, 168, 32, 220, 24, 28, 16, 148, 40, 24};
  const std::uint8_t type = GetParam();
  std::mt19937 random(type);
  for (int round = 0; round < 200; ++round) {
    Bytes wire(lengths[type - 1]);
    for (std::uint8_t& octet : wire) octet = static_cast<std::uint8_t>(random());
    const Bytes header = from_hex("0000 0001 1a2b3c4d 0000");
    std::copy(header.begin(), header.end(), wire.begin());
    wire[1] = static_cast<std::uint8_t>(wire.size());
    wire[9] = type;
    const auto message = parse(wire);
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->index() + 1, type);
    const Bytes again = serialise(*message);
    EXPECT_EQ(again.size(), wire.size());
    ASSERT_TRUE(parse(again).has_value());
    EXPECT_EQ(*parse(again), *message);
  }
}

INSTANTIATE_TEST_SUITE_P(Messages, AnyMessage, testing::Range(std::uint8_t{1}, std::uint8_t{16}));

TEST(Messages, AllErrorsAreDescribed) {
  for (const auto error :
       {ParseError::truncated, ParseError::bad_magic_cookie, ParseError::not_control_message,
        ParseError::wrong_length, ParseError::unknown_control_message_type}) {
    EXPECT_FALSE(describe(error).empty());
  }
}

}  // namespace
}  // namespace upptpd::control
