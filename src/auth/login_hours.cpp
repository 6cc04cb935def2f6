#include "auth/login_hours.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace upptpd::auth {
namespace {

/// A bit per day, from Sunday.
using Days = unsigned;

constexpr std::array<std::pair<std::string_view, Days>, 9> kDays = {{{"su", 0x01},
                                                                     {"mo", 0x02},
                                                                     {"tu", 0x04},
                                                                     {"we", 0x08},
                                                                     {"th", 0x10},
                                                                     {"fr", 0x20},
                                                                     {"sa", 0x40},
                                                                     {"wk", 0x3e},
                                                                     {"al", 0x7f}}};

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Takes the names of days from the front of an item; 0 where there is none.
Days take_days(std::string_view& item) {
  Days days = 0;
  for (;;) {
    const auto day = std::ranges::find_if(kDays, [&](const auto& named) {
      return std::ranges::equal(item.substr(0, 2), named.first, {}, to_lower);
    });
    if (day == kDays.end()) return days;
    days |= day->second;
    item.remove_prefix(2);
  }
}

/// The minute of the day that "0830" is; 2400 is one too many.
std::optional<unsigned> minute_of(std::string_view digits) {
  if (digits.size() != 4) return {};
  unsigned number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return {};
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  if (number > 2400 || number % 100 > 59) return {};
  return number / 100 * 60 + number % 100;
}

}  // namespace

Result<LoginHours> LoginHours::parse(std::string_view text) {
  LoginHours hours;
  hours.text_ = text;
  for (unsigned item = 1;; ++item) {
    const std::size_t comma = text.find(',');
    if (const auto good = hours.add(text.substr(0, comma)); !good) {
      return fail("item " + std::to_string(item) + " " + good.error().message +
                  ": it must be as in MoWe0800-1800, Wk0800-1800 or Sa");
    }
    if (comma == std::string_view::npos) return hours;
    text.remove_prefix(comma + 1);
  }
}

Result<void> LoginHours::add(std::string_view item) {
  const Days days = take_days(item);
  if (days == 0) return fail("has no day");
  unsigned from = 0;
  unsigned to = kMinutesPerDay;
  if (!item.empty()) {
    const std::size_t dash = std::min(item.find('-'), item.size());
    const auto begin = minute_of(item.substr(0, dash));
    const auto end = minute_of(item.substr(std::min(dash + 1, item.size())));
    if (!begin || *begin == kMinutesPerDay || !end) {
      return fail("has something other than days and two times of day");
    }
    from = *begin;
    to = *end > from ? *end : *end + kMinutesPerDay;
  }
  for (unsigned day = 0; day < 7; ++day) {
    if ((days >> day & 1) == 0) continue;
    for (unsigned minute = from; minute < to; ++minute) {
      permitted_.set((day * kMinutesPerDay + minute) % kMinutesPerWeek);
    }
  }
  return {};
}

bool LoginHours::permits(const LocalTime& time) const {
  // Not a time: better nobody than anybody.
  if (!time.weekday.ok() || time.minute >= kMinutesPerDay) return false;
  return permitted_[time.weekday.c_encoding() * kMinutesPerDay + time.minute];
}

}  // namespace upptpd::auth
