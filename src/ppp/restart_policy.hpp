// How often and how long a control protocol tries: the counters and timers of RFC 1661 section 4.6.
#pragma once

#include "core/time.hpp"

namespace upptpd::ppp {

struct RestartPolicy {
  /// Time between transmissions of a request that is not answered.
  Duration restart = std::chrono::seconds(3);
  /// Configure-Requests without a valid answer before the peer is given up.
  unsigned max_configure = 10;
  /// Terminate-Requests without an answer.
  unsigned max_terminate = 2;
  /// Configure-Naks sent without an Ack between them, before Rejects take their place.
  unsigned max_failure = 5;
  /// Refusals in one negotiation, of either side, before we say that it does not converge. Not in
  /// the RFC, whose counters start again with each refusal, so that two peers can refuse each other
  /// for ever.
  unsigned max_refusals = 20;
};

}  // namespace upptpd::ppp
