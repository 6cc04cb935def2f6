#include "session/link_settings.hpp"

#include "auth/chap.hpp"
#include "auth/chap_peer.hpp"
#include "auth/pap.hpp"

namespace upptpd::session {

// Our client speaks MS-CHAPv2 alone: nothing else proves the server.
ppp::LcpSettings lcp_settings(const LinkSettings& settings) {
  if (settings.we_are_client()) return {settings.mru, {}, ppp::AuthMethod::ms_chap_v2};
  return {settings.mru, settings.methods, std::nullopt};
}

std::unique_ptr<auth::LoginExchange> begin_login(const LinkSettings& settings,
                                                 ppp::AuthMethod method, std::uint8_t number,
                                                 const crypto::Library& library,
                                                 RandomSource& random, Instant now) {
  if (settings.we_are_client()) {
    return std::make_unique<auth::ChapPeer>(
        auth::ChapPeer::Settings{*settings.log_in_as, settings.restart}, library, random, now);
  }
  switch (method) {
    case ppp::AuthMethod::ms_chap_v2:
    case ppp::AuthMethod::ms_chap_v1:
    case ppp::AuthMethod::chap_md5: {
      auth::ChapAuthenticator::Settings chap;
      chap.method = method;
      chap.server_name = settings.server_name;
      chap.policy = settings.restart;
      chap.identifier = number;
      chap.rechallenge = settings.rechallenge;
      chap.retries = settings.retries;
      chap.password_change = settings.password_change;
      return std::make_unique<auth::ChapAuthenticator>(std::move(chap), random, now);
    }
    case ppp::AuthMethod::pap:
      return std::make_unique<auth::PapAuthenticator>(auth::PapAuthenticator::Settings{}, now);
    case ppp::AuthMethod::none:
      break;
  }
  return nullptr;
}

}  // namespace upptpd::session
