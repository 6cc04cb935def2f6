// A server's side of CHAP, its packets and verdicts as lines of a log.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "auth/chap.hpp"
#include "support/random_sources.hpp"

namespace upptpd::auth {

class ChapUnderTest : public testing::Test {
 protected:
  using Log = std::vector<std::string>;

  explicit ChapUnderTest(ChapAuthenticator::Settings settings)
      : chap_(std::move(settings), random_, now_) {
    opening_ = outputs();
  }

  Log outputs() {
    Log log;
    while (auto output = chap_.next_output()) {
      std::visit(Overloaded{
                     [&](const ChapAuthenticator::Send& sent) {
                       log.push_back(to_hex(sent.packet));
                       last_sent_ = sent.packet;
                     },
                     [&](const ChapAuthenticator::Verify& verify) {
                       log.push_back("verify " + verify.request.name);
                       request_ = verify.request;
                     },
                     [&](const ChapAuthenticator::Succeeded& succeeded) {
                       log.push_back("succeeded " + succeeded.user);
                     },
                     [&](const ChapAuthenticator::Failed& failed) {
                       log.push_back("failed " + failed.name + ": " +
                                     std::string(to_string(failed.failure)) +
                                     (failed.may_try_again ? ", may try again" : ""));
                     },
                     [&](const ChapAuthenticator::NoAnswer&) { log.push_back("no response"); },
                     [&](const ChapAuthenticator::Dropped& drop) {
                       log.push_back("drop " + std::string(to_string(drop.reason)));
                     },
                 },
                 *output);
    }
    return log;
  }

  static Bytes response(std::string_view name, std::uint8_t identifier = 1,
                        std::size_t value_size = 49, std::uint8_t flags = 0,
                        std::uint8_t filled_with = 0x77) {
    Bytes data(1 + value_size, filled_with);
    data[0] = static_cast<std::uint8_t>(value_size);
    if (value_size > 0) data.back() = flags;
    data.insert(data.end(), name.begin(), name.end());
    return ppp::ControlPacket{static_cast<ppp::Code>(2), identifier, data}.serialise();
  }

  Log receive(View packet) {
    chap_.receive(packet, now_);
    return outputs();
  }

  Log accept() {
    chap_.answer(LoginAccepted{"bob", "S=0123", {}}, now_);
    return outputs();
  }

  Log refuse(LoginFailure failure) {
    chap_.answer(LoginRefused{failure}, now_);
    return outputs();
  }

  Log wait(Duration time) {
    Log log;
    const Instant end = now_ + time;
    while (chap_.deadline() && *chap_.deadline() <= end) {
      now_ = *chap_.deadline();
      chap_.advance(now_);
      for (const std::string& line : outputs()) log.push_back(line);
    }
    now_ = end;
    return log;
  }

  /// The text of the packet that was sent last.
  std::string message() const { return std::string(last_sent_.begin() + 4, last_sent_.end()); }

  CountingRandom random_;
  Instant now_;
  ChapAuthenticator chap_;
  Log opening_;
  Bytes last_sent_;
  LoginRequest request_;
};

}  // namespace upptpd::auth
