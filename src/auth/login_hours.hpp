// When a user may log in: the notation of UUCP's L.sys, which RADIUS calls Login-Time.
#pragma once

#include <bitset>
#include <chrono>
#include <string_view>

#include "core/result.hpp"

namespace upptpd::auth {

/// A moment as the clock on the wall shows it. Pure code cannot ask for it.
struct LocalTime {
  std::chrono::year_month_day date{};
  std::chrono::weekday weekday{};
  /// Of the day, 0 to 1439.
  unsigned minute = 0;
};

class LoginHours {
 public:
  /// "Wk0800-1800,Sa0900-1200": days (Mo Tu We Th Fr Sa Su, Wk for Mo to Fr, Al for all; several in
  /// a row, as in MoWe), then from and to; without times the whole day. The minute of "to" is out;
  /// a "to" that is not after "from" is on the next day. Fails with what is wrong.
  static Result<LoginHours> parse(std::string_view text);

  [[nodiscard]] bool permits(const LocalTime& time) const;

 private:
  static constexpr std::size_t kMinutesPerDay = 1440;
  /// From Sunday 00:00.
  std::bitset<7 * kMinutesPerDay> permitted_;
};

}  // namespace upptpd::auth
