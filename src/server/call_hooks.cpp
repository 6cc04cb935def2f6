#include "server/call_hooks.hpp"

#include <utility>

namespace upptpd::server {

void CallHooks::logged_in(HookFacts facts, Instant now) {
  if (login_ && login_->facts.user == facts.user) return;  // on a link that was negotiated anew
  down(login_, {}, now);
  up(login_, Hook::auth_up, std::move(facts), now);
}

void CallHooks::connected(HookFacts facts, Instant now) {
  up(network_, Hook::ip_up, std::move(facts), now);
}

void CallHooks::disconnected(const session::Statistics& statistics, Instant now) {
  down(network_, statistics, now);
}

void CallHooks::finished(const session::Statistics& statistics, Instant now) {
  down(network_, statistics, now);
  down(login_, statistics, now);
}

void CallHooks::up(std::optional<Up>& up, Hook hook, HookFacts facts, Instant now) {
  if (runner_.run(hook, facts)) up = Up{hook, std::move(facts), now};
}

void CallHooks::down(std::optional<Up>& up, const session::Statistics& statistics, Instant now) {
  if (!up) return;
  auto [hook, facts, since] = *std::exchange(up, {});
  facts.connect_time = std::chrono::duration_cast<std::chrono::seconds>(now - since);
  facts.octets_sent = statistics.bytes_out;
  facts.octets_received = statistics.bytes_in;
  runner_.undo(hook, std::move(facts));
}

}  // namespace upptpd::server
