// The clock on the wall, for rules about hours and days.
#pragma once

#include "auth/login_hours.hpp"

namespace upptpd::server {

auth::LocalTime local_time();

}  // namespace upptpd::server
