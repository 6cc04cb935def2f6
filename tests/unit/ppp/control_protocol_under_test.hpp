// ControlProtocol with a Negotiation that says what the test tells it to.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ppp/control_protocol.hpp"

namespace upptpd::ppp {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Says what the test tells it to.
class Double : public Negotiation {
 public:
  void begin() override { ++begun; }
  Bytes propose() override { return proposal; }
  Judgement judge(View, bool may_nak) override {
    if (judgement.kind == Judgement::Kind::nak && !may_nak) {
      return {Judgement::Kind::reject, judgement.options};
    }
    return judgement;
  }
  void on_ack() override { ++acks; }
  Agreement on_nak(View) override { return agreement; }
  Agreement on_reject(View) override { return agreement; }
  ExtraCode on_extra_code(const ControlPacket& packet) override {
    return packet.code == Code::echo_request ? ExtraCode::echo : ExtraCode::unknown;
  }

  Bytes proposal = from_hex("0104 0578");
  Judgement judgement;
  Agreement agreement = Agreement::possible;
  int begun = 0;
  int acks = 0;
};

inline std::string to_text(ControlProtocol::Cause cause) {
  switch (cause) {
    case ControlProtocol::Cause::closed:
      return "closed";
    case ControlProtocol::Cause::terminated:
      return "terminated";
    case ControlProtocol::Cause::no_answer:
      return "no_answer";
    case ControlProtocol::Cause::not_converging:
      return "not_converging";
    case ControlProtocol::Cause::rejected:
      return "rejected";
  }
  return "?";
}

class ControlProtocolTest : public testing::Test {
 protected:
  using Log = std::vector<std::string>;

  /// What came out since the last call: hexadecimal packets and names of events.
  Log outputs() {
    Log log;
    while (const auto output = protocol_.next_output()) {
      std::visit(Overloaded{
                     [&](const ControlProtocol::Send& sent) { log.push_back(to_hex(sent.packet)); },
                     [&](const ControlProtocol::LayerUp&) { log.push_back("up"); },
                     [&](const ControlProtocol::LayerDown&) { log.push_back("down"); },
                     [&](const ControlProtocol::Finished& finished) {
                       log.push_back("finished " + to_text(finished.cause));
                     },
                     [&](const ControlProtocol::TerminateRequested& request) {
                       log.push_back("asked to end " + to_hex(request.data));
                     },
                     [&](const ControlProtocol::Dropped&) { ++dropped_; },
                 },
                 *output);
    }
    return log;
  }

  Log receive(const char* hex) {
    protocol_.receive(from_hex(hex), now_);
    return outputs();
  }

  /// Advances at each deadline; what came out, with the time of each.
  Log wait(Duration time) {
    Log log;
    const Instant end = now_ + time;
    while (protocol_.deadline() && *protocol_.deadline() <= end) {
      now_ = *protocol_.deadline();
      protocol_.advance(now_);
      for (const std::string& line : outputs()) log.push_back(at() + line);
    }
    now_ = end;
    return log;
  }

  std::string at() const {
    return std::to_string(std::chrono::duration_cast<seconds>(now_.time_since_epoch()).count()) +
           "s ";
  }

  void open() {
    protocol_.open(now_);
    outputs();
  }

  void bring_up() {
    open();
    receive("01 20 0004");
    receive("02 01 0008 0104 0578");
    ASSERT_TRUE(protocol_.opened());
  }

  Double negotiation_;
  ControlProtocol protocol_{negotiation_, RestartPolicy{}};
  unsigned dropped_ = 0;
  Instant now_;
};

inline constexpr const char* kOurRequest = "0101000801040578";

}  // namespace upptpd::ppp
