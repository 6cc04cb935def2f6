#include "auth/login_hours.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace upptpd::auth {
namespace {

constexpr unsigned kMinutesPerDay = 1440;

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
  for (;;) {
    const std::size_t comma = text.find(',');
    const auto item = parse_item(text.substr(0, comma));
    if (!item) {
      return fail("item " + std::to_string(hours.items_.size() + 1) + " " + item.error().message +
                  ": it must be as in MoWe0800-1800, Wk0800-1800 or Sa");
    }
    hours.items_.push_back(*item);
    if (comma == std::string_view::npos) return hours;
    text.remove_prefix(comma + 1);
  }
}

Result<LoginHours::Item> LoginHours::parse_item(std::string_view text) {
  const Days days = take_days(text);
  if (days == 0) return fail("has no day");
  if (text.empty()) return Item{days, 0, kMinutesPerDay};
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto from = minute_of(text.substr(0, dash));
  const auto to = minute_of(text.substr(std::min(dash + 1, text.size())));
  if (!from || *from == kMinutesPerDay || !to) {
    return fail("has something other than days and two times of day");
  }
  return Item{days, *from, *to > *from ? *to : *to + kMinutesPerDay};
}

bool LoginHours::permits(const LocalTime& time) const {
  // Not a time: better nobody than anybody.
  if (!time.weekday.ok() || time.minute >= kMinutesPerDay) return false;
  const unsigned today = time.weekday.c_encoding();
  const unsigned yesterday = (today + 6) % 7;
  return std::ranges::any_of(items_, [&](const Item& item) {
    const auto covers = [&](unsigned day, unsigned minute) {
      return (item.days >> day & 1) != 0 && item.from <= minute && minute < item.to;
    };
    return covers(today, time.minute) || covers(yesterday, time.minute + kMinutesPerDay);
  });
}

}  // namespace upptpd::auth
