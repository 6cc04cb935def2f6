// Events as numbers: what has happened since the start.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_set>

#include "core/tagged.hpp"
#include "session/events.hpp"

namespace upptpd::observe {

class Counters {
 public:
  struct Totals {
    /// Sessions are calls on which traffic has flowed.
    std::uint64_t sessions_now = 0;
    std::uint64_t sessions_at_most = 0;
    std::uint64_t sessions_in_all = 0;
    std::uint64_t logins_accepted = 0;
    /// Each reason has its place from the beginning.
    std::map<std::string_view, std::uint64_t> logins_refused;
    std::uint64_t calls_refused = 0;
    /// Of the calls that are over.
    session::Statistics traffic;
  };

  Counters();

  void event(CallId call, const session::Event& event);
  /// A client that wanted to call heard "busy".
  void call_refused() { ++totals_.calls_refused; }

  [[nodiscard]] const Totals& totals() const { return totals_; }

 private:
  void finished(CallId call, const session::Finished& finished);

  Totals totals_;
  std::unordered_set<CallId> up_;
};

void add(session::Statistics& sum, const session::Statistics& more);

}  // namespace upptpd::observe
