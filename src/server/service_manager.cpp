#include "server/service_manager.hpp"

#include <systemd/sd-daemon.h>

namespace upptpd::server {

ServiceManager::ServiceManager(asio::io_context& context) : timer_(context) {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) > 0) {
    patience_ = std::chrono::microseconds(microseconds);
  }
}

void ServiceManager::ready() {
  ::sd_notify(0, "READY=1");
  if (patience_.count() != 0) feed_watchdog();
}

void ServiceManager::stopping() { ::sd_notify(0, "STOPPING=1"); }

void ServiceManager::feed_watchdog() {
  ::sd_notify(0, "WATCHDOG=1");
  timer_.expires_after(patience_ / 3);
  timer_.async_wait([this](const asio::error_code& error) {
    if (!error) feed_watchdog();
  });
}

}  // namespace upptpd::server
