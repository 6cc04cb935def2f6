// A ControlConnection with a client's hand on it: what it says is kept as messages and events.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/control_connection.hpp"

namespace upptpd::control {

class ConnectionUnderTest {
 public:
  explicit ConnectionUnderTest(const ControlSettings& settings = {.host_name = "gate"})
      : connection_(settings, Instant{}) {}

  void receive(const Message& message) { receive_octets(serialise(message)); }

  void receive_octets(View octets) {
    connection_.receive(octets, now_);
    drain();
  }

  /// Lets time pass in steps of the connection's own deadlines.
  void wait(Duration duration) {
    const Instant end = now_ + duration;
    while (connection_.deadline() && *connection_.deadline() <= end) {
      now_ = std::max(now_, *connection_.deadline());
      connection_.advance(now_);
      drain();
    }
    now_ = end;
    connection_.advance(now_);
    drain();
  }

  void start() {
    receive(StartControlConnectionRequest{.vendor_name = "Microsoft"});
    forget();
  }

  /// The client asks for a call, and gets it under our id `ours`.
  void call(std::uint16_t ours, std::uint16_t theirs) {
    const CallRequestNumber request = request_call(theirs);
    EXPECT_TRUE(connection_.accept_call(request, CallId(ours), now_));
    drain();
    forget();
  }

  CallRequestNumber request_call(std::uint16_t theirs) {
    forget();
    receive(OutgoingCallRequest{.call_id = SenderCallId(theirs), .maximum_speed = 1000});
    const CallRequestNumber request = event<CallRequested>().request;
    forget();
    return request;
  }

  ControlConnection& connection() { return connection_; }
  Instant now() const { return now_; }

  void drain() {
    while (auto output = connection_.next_output()) {
      EXPECT_FALSE(closed()) << "an output after Closed";
      if (const auto* sent = std::get_if<SendBytes>(&*output)) {
        const auto message = parse(sent->bytes);
        ASSERT_TRUE(message.has_value());
        sent_.push_back(*message);
      } else {
        events_.push_back(*std::move(output));
      }
    }
  }

  void forget() {
    sent_.clear();
    events_.clear();
  }

  const std::vector<Message>& sent() const { return sent_; }
  const std::vector<Output>& events() const { return events_; }
  bool quiet() const { return sent_.empty() && events_.empty(); }

  /// The one message that was sent.
  template <class M>
  M only_sent() const {
    EXPECT_EQ(sent_.size(), 1U);
    return sent_.empty() ? M{} : sent_at<M>(0);
  }

  template <class M>
  M sent_at(std::size_t index) const {
    if (index >= sent_.size() || !std::holds_alternative<M>(sent_[index])) {
      ADD_FAILURE() << "another message, or none, was sent";
      return {};
    }
    return std::get<M>(sent_[index]);
  }

  /// The first event of this kind.
  template <class Event>
  Event event() const {
    for (const Output& output : events_) {
      if (const auto* found = std::get_if<Event>(&output)) return *found;
    }
    ADD_FAILURE() << "no such event";
    return {};
  }

  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const Output& output : events_) {
      if (const auto* event = std::get_if<Event>(&output)) found.push_back(*event);
    }
    return found;
  }

  bool closed() const { return !all<Closed>().empty(); }

  void expect_closed(CloseReason reason) const {
    ASSERT_TRUE(closed());
    EXPECT_EQ(event<Closed>().reason, reason);
    EXPECT_FALSE(event<Closed>().sentence.empty());
    EXPECT_TRUE(std::holds_alternative<Closed>(events_.back()));
    EXPECT_FALSE(connection_.deadline().has_value());
  }

 private:
  ControlConnection connection_;
  Instant now_{};
  std::vector<Message> sent_;
  std::vector<Output> events_;
};

}  // namespace upptpd::control
