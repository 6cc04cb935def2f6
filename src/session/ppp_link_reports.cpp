// The part of PppLink that finds out why a link ends, and tells.
#include <utility>

#include "session/ppp_link.hpp"

namespace upptpd::session {

// A link that ends while the server wants a login that we don't do ends because of that.
void PppLink::report_unacceptable_login() {
  const auto& wanted = lcp_negotiation_.unacceptable_login();
  if (cause_ || !wanted || lcp_.opened()) return;
  report_authentication_refused(*wanted);
  cause_ = Cause::authentication_refused;
}

void PppLink::report_authentication_refused(View wanted) {
  outputs_.push(
      Event(AuthenticationRefused{settings_.methods, ppp::from_option(wanted), to_hex(wanted)}));
}

// The peer may be quicker to end the link than CCP is to end.
void PppLink::report_encryption_given_up() {
  const auto* networking = std::get_if<Networking>(&phase_);
  if (cause_ || networking == nullptr || !networking->layers.encryption_given_up()) return;
  outputs_.push(Event(networking->layers.refusal()));
  cause_ = Cause::encryption_refused;
}

void PppLink::recognise() {
  if (!settings_.we_are_client()) emit(reports_.recognised(client_));
}

void PppLink::emit(std::optional<Event> event) {
  if (event) outputs_.push(std::move(*event));
}

}  // namespace upptpd::session
