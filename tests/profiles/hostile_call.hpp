// A call whose client misbehaves at a chosen moment.
#pragma once

#include <gtest/gtest.h>

#include "log_lines.hpp"
#include "profile_call.hpp"
#include "protocol_numbers.hpp"

namespace upptpd::profiles {

class HostileCall : public ProfileCall {
 public:
  explicit HostileCall(const Policy& policy = default_policy(),
                       Profile profile = profile_named("Windows 10"), std::uint32_t seed = 7)
      : ProfileCall(std::move(profile), policy, std::chrono::milliseconds(5), seed) {}

  /// The server has challenged a client that does not answer.
  bool run_to_challenge() {
    tamper = [this](MutableView frame) {
      const Bytes challenge_begins = from_hex("c22301");
      if (frame.size() < 24 || !std::ranges::equal(frame.first(3), challenge_begins)) return;
      identifier_ = frame[3];
      challenge_.assign(frame.begin() + 7, frame.begin() + 23);
      frame[2] = 0x99;  // a code that the client does not know
    };
    return run_until([this] { return !challenge_.empty(); });
  }
  /// From the next Challenge on the client answers.
  void let_it_answer() { tamper = nullptr; }

  void inject(std::uint16_t protocol, std::uint8_t code, std::uint8_t identifier, View data) {
    client().link().send_control(protocol, code, identifier, data);
    drain();
    run_for(std::chrono::milliseconds(11));
  }
  void inject_raw(Bytes frame) {
    inject_frame(std::move(frame));
    run_for(std::chrono::milliseconds(11));
  }
  /// A Response with that value and name.
  void inject_response(View value, std::string_view name, std::uint8_t identifier) {
    Bytes data = {static_cast<std::uint8_t>(value.size())};
    data.insert(data.end(), value.begin(), value.end());
    const View octets = as_view(name);
    data.insert(data.end(), octets.begin(), octets.end());
    inject(kChap, 2, identifier, data);
  }

  [[nodiscard]] std::uint64_t drops(DropReason reason) const {
    return progress().statistics.drops[reason];
  }
  [[nodiscard]] std::uint64_t drops() const { return progress().statistics.drops.total(); }
  [[nodiscard]] bool finished() const { return progress().finished.has_value(); }
  [[nodiscard]] std::uint8_t identifier() const { return identifier_; }
  [[nodiscard]] const Bytes& challenge() const { return challenge_; }

  /// It goes on as if nothing had been.
  void expect_alive() {
    EXPECT_TRUE(connected());
    EXPECT_EQ(exchange_packets(), "");
    expect_clean_log(*this);
  }
  /// It goes on, or has ended as a call ends.
  void expect_orderly() {
    const bool traffic_flows =
        events<session::Connected>().size() > events<session::Disconnected>().size();
    if (!finished() && connected() && traffic_flows) return expect_alive();
    EXPECT_TRUE(run_to_end());
    EXPECT_TRUE(std::holds_alternative<session::Finished>(progress().events.back()));
    expect_clean_log(*this);
  }

 private:
  std::uint8_t identifier_ = 0;
  Bytes challenge_;
};

}  // namespace upptpd::profiles
