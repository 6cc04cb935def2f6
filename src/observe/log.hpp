// Events as lines on standard error, one each. No secret is in any event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/ip_address.hpp"
#include "core/tagged.hpp"
#include "observe/line.hpp"
#include "observe/verdict.hpp"
#include "session/events.hpp"

namespace spdlog {
class logger;
}

namespace upptpd::observe {

/// Whose event it is.
struct CallContext {
  CallId call_id;
  Ipv4Address peer;
  /// Empty before the login.
  std::string user;
};

/// Adds what was dropped, by reason.
void add_drops(Line& line, const DropCounters& drops);

class Log {
 public:
  Log();

  void info(const Line& line);
  void warn(const Line& line);
  void error(const Line& line);

  /// `verdict` has noted all earlier events of the session.
  void event(const CallContext& call, const session::Event& event, const Verdict& verdict);

 private:
  void write(int level, const Line& line);
  void finished(Line line, const session::Finished& finished, const Verdict& verdict);

  std::shared_ptr<spdlog::logger> logger_;
  /// Lines that nobody took, since the last one that somebody did.
  std::uint64_t lost_ = 0;
};

}  // namespace upptpd::observe
