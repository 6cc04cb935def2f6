#include "server/local_time.hpp"

#include <ctime>

namespace upptpd::server {

auth::LocalTime local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  auth::LocalTime time;
  time.date =
      std::chrono::year_month_day(std::chrono::year(parts.tm_year + 1900),
                                  std::chrono::month(static_cast<unsigned>(parts.tm_mon) + 1),
                                  std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
  time.weekday = std::chrono::weekday(static_cast<unsigned>(parts.tm_wday));
  time.minute = static_cast<unsigned>(parts.tm_hour * 60 + parts.tm_min);
  return time;
}

}  // namespace upptpd::server
