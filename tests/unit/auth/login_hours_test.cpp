#include "auth/login_hours.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace upptpd::auth {
namespace {

constexpr unsigned kDay = 1440;

LocalTime at(unsigned day, unsigned minute) {
  LocalTime time;
  time.weekday = std::chrono::weekday(day);
  time.minute = minute;
  return time;
}

/// Whether "hhmm" of a day, counted from Sunday, is permitted.
bool permits(std::string_view text, unsigned day, unsigned hhmm) {
  const auto hours = LoginHours::parse(text);
  if (!hours) throw std::runtime_error(hours.error().message);
  return hours->permits(at(day, hhmm / 100 * 60 + hhmm % 100));
}

TEST(LoginHours, PermitsFromTheFirstMinuteUntilBeforeTheLast) {
  EXPECT_FALSE(permits("Mo0800-1800", 1, 759));
  EXPECT_TRUE(permits("Mo0800-1800", 1, 800));
  EXPECT_TRUE(permits("Mo0800-1800", 1, 1759));
  EXPECT_FALSE(permits("Mo0800-1800", 1, 1800));
  EXPECT_FALSE(permits("Mo0800-1800", 2, 1200));
}

TEST(LoginHours, TakesWholeDaysWithoutTimes) {
  EXPECT_TRUE(permits("Tu", 2, 0));
  EXPECT_TRUE(permits("Tu", 2, 2359));
  EXPECT_FALSE(permits("Tu", 3, 0));
  EXPECT_TRUE(permits("Tu1200-2400", 2, 2359));
  EXPECT_FALSE(permits("Tu1200-2400", 3, 0));
}

TEST(LoginHours, TakesSeveralDaysAndSeveralItems) {
  const std::string_view hours = "MoWe0800-0900,Wk2000-2100,Su";
  EXPECT_TRUE(permits(hours, 1, 830));
  EXPECT_FALSE(permits(hours, 2, 830));
  EXPECT_TRUE(permits(hours, 3, 830));
  EXPECT_TRUE(permits(hours, 2, 2030));
  EXPECT_FALSE(permits(hours, 6, 2030));
  EXPECT_TRUE(permits(hours, 0, 2030));
  for (unsigned day = 0; day < 7; ++day) EXPECT_TRUE(permits("al0000-0001", day, 0));
}

TEST(LoginHours, GoesOnIntoTheNextDayAndFromSaturdayToSunday) {
  EXPECT_TRUE(permits("Sa2200-0600", 6, 2200));
  EXPECT_TRUE(permits("Sa2200-0600", 0, 559));
  EXPECT_FALSE(permits("Sa2200-0600", 0, 600));
  EXPECT_FALSE(permits("Sa2200-0600", 6, 559));
  EXPECT_TRUE(permits("Fr1200-1200", 6, 1159)) << "a whole day from noon";
  EXPECT_FALSE(permits("Fr1200-1200", 6, 1200));
}

TEST(LoginHours, KeepsItsText) {
  EXPECT_EQ(LoginHours::parse("wk0800-1800,SA")->to_string(), "wk0800-1800,SA");
}

TEST(LoginHours, PermitsNothingAtATimeThatIsNone) {
  const auto always = LoginHours::parse("Al");
  EXPECT_FALSE(always->permits(at(0, kDay)));
  EXPECT_FALSE(always->permits(at(9, 0)));
}

TEST(LoginHours, RefusesWhatIsNoTimeWithoutShowingIt) {
  for (const char* text : {"",
                           ",",
                           "Mo,",
                           "Mo,,Tu",
                           "0800-1800",
                           "Xx0800-1800",
                           "M",
                           "Mo0800",
                           "Mo0800-",
                           "Mo-1800",
                           "Mo800-1800",
                           "Mo0860-1800",
                           "Mo0800-2401",
                           "Mo2400-0100",
                           "Mo0800-1800x",
                           "Mo 0800-1800",
                           "Mo0800-1800Tu",
                           "Mo0800--1800",
                           "Mo08:00-18:00",
                           "MoT",
                           "Mo-",
                           "swordfish"}) {
    const auto hours = LoginHours::parse(text);
    ASSERT_FALSE(hours) << text;
    EXPECT_EQ(hours.error().message.find("fish"), std::string::npos);
  }
  EXPECT_NE(LoginHours::parse("Mo,Tu,fish").error().message.find("item 3"), std::string::npos);
}

/// The same rule, told minute by minute from the day that an item begins on.
class NaiveHours {
 public:
  void add(const std::vector<unsigned>& days, unsigned from, unsigned to) {
    for (const unsigned day : days) {
      unsigned today = day;
      unsigned minute = from;
      do {
        minutes_.insert({today, minute});
        if (++minute == kDay) {
          minute = 0;
          today = today == 6 ? 0 : today + 1;
        }
      } while (minute != to % kDay);
    }
  }
  [[nodiscard]] bool permits(unsigned day, unsigned minute) const {
    return minutes_.contains({day, minute});
  }

 private:
  std::set<std::pair<unsigned, unsigned>> minutes_;
};

TEST(LoginHours, AgreesWithANaiveModelInEveryMinuteOfTheWeek) {
  std::mt19937 generator(1723);
  const auto random = [&] { return static_cast<unsigned>(generator()); };
  constexpr std::array<const char*, 7> kNames = {"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"};
  const auto written = [](unsigned minute) {
    std::string text = std::to_string(10000 + minute / 60 * 100 + minute % 60);
    return text.substr(1);
  };
  for (int round = 0; round < 100; ++round) {
    std::string text;
    NaiveHours naive;
    for (unsigned items = 1 + random() % 4; items > 0; --items) {
      std::vector<unsigned> days(1 + random() % 3);
      for (unsigned& day : days) text += kNames.at(day = random() % 7);
      const unsigned from = random() % kDay;
      // Sometimes the same minute, sometimes the end of the day.
      const unsigned to = random() % 8 == 0 ? (random() % 2 == 0 ? kDay : from) : random() % kDay;
      text += written(from) + "-" + written(to) + (items == 1 ? "" : ",");
      naive.add(days, from, to);
    }
    const auto hours = LoginHours::parse(text);
    ASSERT_TRUE(hours) << text;
    for (unsigned minute = 0; minute < 7 * kDay; ++minute) {
      ASSERT_EQ(hours->permits(at(minute / kDay, minute % kDay)),
                naive.permits(minute / kDay, minute % kDay))
          << text << " at " << minute;
    }
  }
}

}  // namespace
}  // namespace upptpd::auth
