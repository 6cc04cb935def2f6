#include "server/call_hooks.hpp"

#include <utility>

namespace upptpd::server {

void CallHooks::logged_in(HookFacts facts, Instant now) {
  if (login_ && login_->facts.user == facts.user) return;  // on a link that was negotiated anew
  if (login_) down(Hook::auth_down, login_, {}, now);
  login_ = Up{facts, now};
  runner_.run(Hook::auth_up, std::move(facts));
}

void CallHooks::connected(HookFacts facts, Instant now) {
  network_ = Up{facts, now};
  runner_.run(Hook::ip_up, std::move(facts));
}

void CallHooks::disconnected(const session::Statistics& statistics, Instant now) {
  down(Hook::ip_down, network_, statistics, now);
}

void CallHooks::finished(const session::Statistics& statistics, Instant now) {
  down(Hook::ip_down, network_, statistics, now);
  down(Hook::auth_down, login_, statistics, now);
}

void CallHooks::down(Hook hook, std::optional<Up>& up, const session::Statistics& statistics,
                     Instant now) {
  if (!up) return;
  HookFacts facts = up->facts;
  facts.connect_time = std::chrono::duration_cast<std::chrono::seconds>(now - up->since);
  up.reset();
  facts.octets_sent = statistics.bytes_out;
  facts.octets_received = statistics.bytes_in;
  runner_.run(hook, std::move(facts));
}

}  // namespace upptpd::server
