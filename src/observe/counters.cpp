#include "observe/counters.hpp"

#include <algorithm>

#include "core/queue.hpp"

namespace upptpd::observe {
namespace {

using auth::LoginFailure;

constexpr LoginFailure kFailures[] = {
    LoginFailure::unknown_user,       LoginFailure::other_server,
    LoginFailure::wrong_password,     LoginFailure::lan_manager_only,
    LoginFailure::needs_clear_secret, LoginFailure::method_not_allowed,
    LoginFailure::outside_hours,      LoginFailure::disabled,
    LoginFailure::password_expired,   LoginFailure::bad_new_password,
    LoginFailure::unusable_entry,     LoginFailure::already_connected,
    LoginFailure::address_blocked,    LoginFailure::no_answer};
/// The client cannot log in in any way that we take.
constexpr std::string_view kNoCommonMethod = "no_common_method";

std::string_view name_of(LoginFailure failure) {
  switch (failure) {
    case LoginFailure::unknown_user:
      return "unknown_user";
    case LoginFailure::other_server:
      return "other_server";
    case LoginFailure::wrong_password:
      return "wrong_password";
    case LoginFailure::lan_manager_only:
      return "lan_manager_only";
    case LoginFailure::needs_clear_secret:
      return "needs_clear_secret";
    case LoginFailure::method_not_allowed:
      return "method_not_allowed";
    case LoginFailure::outside_hours:
      return "outside_hours";
    case LoginFailure::disabled:
      return "disabled";
    case LoginFailure::password_expired:
      return "password_expired";
    case LoginFailure::bad_new_password:
      return "bad_new_password";
    case LoginFailure::unusable_entry:
      return "unusable_entry";
    case LoginFailure::already_connected:
      return "already_connected";
    case LoginFailure::address_blocked:
      return "address_blocked";
    case LoginFailure::no_answer:
      return "no_answer";
    case LoginFailure::refused_by_server:
    case LoginFailure::server_not_proved:
      break;  // what a client says
  }
  return "unknown";
}

}  // namespace

Counters::Counters() {
  for (LoginFailure failure : kFailures) totals_.logins_refused[name_of(failure)] = 0;
  totals_.logins_refused[kNoCommonMethod] = 0;
}

void Counters::event(CallId call, const session::Event& event) {
  std::visit(Overloaded{
                 [&](const session::AuthenticationSucceeded&) { ++totals_.logins_accepted; },
                 [&](const session::AuthenticationFailed& e) {
                   ++totals_.logins_refused[name_of(e.failure)];
                 },
                 [&](const session::Connected&) {
                   if (!up_.insert(call).second) return;  // a link that was negotiated anew
                   ++totals_.sessions_in_all;
                   totals_.sessions_now = up_.size();
                   totals_.sessions_at_most =
                       std::max(totals_.sessions_at_most, totals_.sessions_now);
                 },
                 [&](const session::Finished& e) { finished(call, e); },
                 [](const auto&) {},
             },
             event);
}

void Counters::finished(CallId call, const session::Finished& finished) {
  up_.erase(call);
  totals_.sessions_now = up_.size();
  add(totals_.traffic, finished.statistics);
  if (finished.cause == session::Cause::authentication_refused) {
    ++totals_.logins_refused[kNoCommonMethod];
  }
}

void add(session::Statistics& sum, const session::Statistics& more) {
  sum.packets_in += more.packets_in;
  sum.bytes_in += more.bytes_in;
  sum.packets_out += more.packets_out;
  sum.bytes_out += more.bytes_out;
  sum.drops.add(more.drops);
}

}  // namespace upptpd::observe
