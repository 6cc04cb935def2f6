// Which hook of the administrator's is due when in the life of a call: each down follows its up.
#pragma once

#include <optional>

#include "core/time.hpp"
#include "server/hook_runner.hpp"
#include "session/statistics.hpp"

namespace upptpd::server {

class CallHooks {
 public:
  /// `runner` must outlive this.
  explicit CallHooks(HookRunner& runner) : runner_(runner) {}

  /// `facts` as they are now; of the ends, they are filled in.
  void logged_in(HookFacts facts, Instant now);
  void connected(HookFacts facts, Instant now);
  void disconnected(const session::Statistics& statistics, Instant now);
  void finished(const session::Statistics& statistics, Instant now);

 private:
  struct Up {
    Hook hook;
    HookFacts facts;
    Instant since;
  };
  void up(std::optional<Up>& up, Hook hook, HookFacts facts, Instant now);
  void down(std::optional<Up>& up, const session::Statistics& statistics, Instant now);

  HookRunner& runner_;
  std::optional<Up> login_;
  std::optional<Up> network_;
};

}  // namespace upptpd::server
