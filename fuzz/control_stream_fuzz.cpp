// Feeds octets to a control connection, split in many ways, while its owner acts and time passes.
#include <algorithm>
#include <vector>

#include "control/control_connection.hpp"
#include "core/check.hpp"

namespace {

using namespace upptpd;
using namespace upptpd::control;

/// The server around the connection: answers its requests, and holds it to its promises.
class Owner {
 public:
  /// Each octet of `choices`, in turn and round again, decides one thing.
  explicit Owner(View choices) : choices_(choices), connection_(settings(), Instant{}) {}

  void run(View octets) {
    while (!octets.empty()) {
      const std::size_t size = std::min<std::size_t>(octets.size(), 1U + choice());
      connection_.receive(octets.first(size), now_);
      drain();
      octets = octets.subspan(size);
      pass_time();
      act();
    }
    if (choice() % 2 == 0) {
      calls_.clear();
      waiting_.clear();
      connection_.stop(StopReason::local_shutdown, now_);
    } else {
      connection_.peer_closed(now_);
    }
    drain();
    while (!closed_) {
      check(connection_.deadline().has_value());
      now_ = *connection_.deadline();
      connection_.advance(now_);
      drain();
    }
    check(!connection_.deadline().has_value());
    connection_.receive(serialise(EchoRequest{}), now_);
    check(!connection_.next_output().has_value());
  }

 private:
  struct AcceptedCall {
    CallRequestNumber request;
    CallId call_id;
  };

  static ControlSettings settings() { return {.host_name = "fuzz", .max_calls = 4}; }

  std::uint8_t choice() {
    return choices_.empty() ? 0 : choices_[next_choice_++ % choices_.size()];
  }

  void pass_time() {
    now_ += std::chrono::seconds(choice() % 64 < 48 ? 0 : choice());
    connection_.advance(now_);
    drain();
    check(!connection_.deadline() || *connection_.deadline() > now_);
  }

  /// What an owner does of itself: a late answer, or the end of a call.
  void act() {
    const std::uint8_t what = choice();
    if (what % 4 == 0 && !waiting_.empty()) {
      answer(waiting_[what % waiting_.size()]);
    } else if (what % 16 == 1 && !calls_.empty()) {
      const CallId call_id = calls_[what % calls_.size()].call_id;
      forget(call_id);
      connection_.end_call(call_id, CallDisconnectResult::lost_carrier, now_);
    }
    drain();
  }

  void answer(CallRequestNumber request) {
    std::erase(waiting_, request);
    if (choice() % 4 == 0) {
      connection_.refuse_call(
          request, OutgoingCallResult{static_cast<std::uint8_t>(2 + choice() % 6)}, now_);
    } else {
      const CallId call_id(next_call_id_++);
      calls_.push_back({request, call_id});
      if (!connection_.accept_call(request, call_id, now_)) calls_.pop_back();  // withdrawn
    }
  }

  void drain() {
    while (auto output = connection_.next_output()) {
      check(!closed_);
      std::visit([&](const auto& event) { on(event); }, *output);
    }
    check(calls_.size() + waiting_.size() <= settings().max_calls);
  }

  void on(const SendBytes& sent) { check(parse(sent.bytes).has_value()); }

  void on(const Started& started) {
    check(!started_);
    check(started.host_name.size() <= kNameLength && started.vendor_name.size() <= kNameLength);
    started_ = true;
  }

  void on(const CallRequested& requested) {
    check(started_ && requested.phone_number.size() <= kPhoneNumberLength);
    waiting_.push_back(requested.request);
    if (choice() % 2 == 0) answer(requested.request);
  }

  void on(const CallRequestWithdrawn& withdrawn) {
    // May have crossed our answer, which was ignored then.
    std::erase(waiting_, withdrawn.request);
    std::erase_if(calls_, [&](const auto& call) { return call.request == withdrawn.request; });
  }

  void on(const LinkInfoReceived& info) {
    check(std::any_of(calls_.begin(), calls_.end(),
                      [&](const auto& call) { return call.call_id == info.call_id; }));
  }

  void on(const CallEnded& ended) { check(forget(ended.call_id)); }

  void on(const Closed& closed) {
    check(!closed.sentence.empty());
    check(calls_.empty() && waiting_.empty());
    closed_ = true;
  }

  bool forget(CallId call_id) {
    return std::erase_if(calls_, [&](const auto& call) { return call.call_id == call_id; }) == 1;
  }

  View choices_;
  std::size_t next_choice_ = 0;
  ControlConnection connection_;
  Instant now_{};
  std::vector<CallRequestNumber> waiting_;
  std::vector<AcceptedCall> calls_;
  std::uint16_t next_call_id_ = 0;
  bool started_ = false;
  bool closed_ = false;
};

/// Whatever was understood can be said, and is understood again.
void check_round_trips(View octets) {
  MessageStream stream;
  while (const auto item = stream.next(octets)) {
    const auto* message = std::get_if<Message>(&*item);
    if (message == nullptr) continue;
    const auto again = parse(serialise(*message));
    check(again.has_value() && *again == *message);
  }
  check(octets.empty());
}

}  // namespace

/// The first octet says how many follow it that decide what happens between the messages; then the
/// stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const View input = View(data, size).subspan(1);
  const std::size_t choices = std::min<std::size_t>(data[0], input.size());
  check_round_trips(input.subspan(choices));
  Owner(input.first(choices)).run(input.subspan(choices));
  return 0;
}
