// When a user may log in: the notation of UUCP's L.sys, which RADIUS calls Login-Time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

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
  /// "Wk0800-1800,Sa0900-1200": days (Mo Tu We Th Fr Sa Su, Wk for Mo to Fr, Al for all, in
  /// whatever case; several in a row, as in MoWe), then from and to; without times the whole day.
  /// The minute of "to" is out; a "to" that is not after "from" is on the next day. 2400 is the end
  /// of the day. Fails with what is wrong, but no word of the text.
  static Result<LoginHours> parse(std::string_view text);

  [[nodiscard]] bool permits(const LocalTime& time) const;
  /// As it was written.
  [[nodiscard]] const std::string& to_string() const { return text_; }

 private:
  /// The same minutes of one or more days.
  struct Item {
    /// A bit per day, from Sunday.
    unsigned days = 0;
    /// Minutes from the beginning of the day. What is above 1440 is on the next one.
    unsigned from = 0;
    unsigned to = 0;
  };

  LoginHours() = default;
  static Result<Item> parse_item(std::string_view text);

  std::string text_;
  std::vector<Item> items_;
};

}  // namespace upptpd::auth
