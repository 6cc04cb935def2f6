// What the log says of a call, and whether it may say that.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "observe/log.hpp"
#include "profile_call.hpp"

namespace upptpd::profiles {

/// As it comes out on standard error.
inline std::string log_of(const ProfileCall& call) {
  testing::internal::CaptureStderr();
  {
    observe::Log log;
    observe::Verdict verdict;
    const observe::CallContext context{CallId(0x7301), Ipv4Address(0xc0000207), "bob"};
    for (const session::Event& event : call.progress().events) {
      log.event(context, event, verdict);
      verdict.note(event);
    }
  }
  return testing::internal::GetCapturedStderr();
}

/// Printable ASCII in lines, and no password.
inline void expect_clean_log(const ProfileCall& call) {
  const std::string text = log_of(call);
  const auto is_raw = [](char letter) {
    const auto octet = static_cast<unsigned char>(letter);
    return letter != '\n' && (octet < 0x20 || octet > 0x7e);
  };
  EXPECT_TRUE(std::ranges::none_of(text, is_raw)) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'),
            static_cast<std::ptrdiff_t>(call.progress().events.size()))
      << text;
  EXPECT_EQ(text.find(kPassword), std::string::npos) << text;
}

}  // namespace upptpd::profiles
