// Tells systemd, where that has started us, that we serve, that we live, and that we stop:
// sd_notify(3), Type=notify.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>

namespace upptpd::server {

/// Without a service manager nobody is told anything.
class ServiceManager {
 public:
  explicit ServiceManager(asio::io_context& context);

  /// Clients can connect. From now on the watchdog is fed, from the event loop: one that hangs is
  /// noticed.
  void ready();
  void stopping();

 private:
  void feed_watchdog();

  asio::steady_timer timer_;
  /// After which we are taken for dead; 0: nobody watches.
  std::chrono::microseconds patience_{0};
};

}  // namespace upptpd::server
