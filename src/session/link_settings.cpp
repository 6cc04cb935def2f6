#include "session/link_settings.hpp"

#include "auth/chap.hpp"
#include "auth/chap_peer.hpp"
#include "ppp/ccp.hpp"

namespace upptpd::session {

// Both sides speak MS-CHAPv2 alone: nothing else gives 128 bit keys and proves the server.
ppp::LcpSettings lcp_settings(const LinkSettings& settings) {
  constexpr auto method = ppp::AuthMethod::ms_chap_v2;
  if (settings.we_are_client()) return {settings.mru, std::nullopt, method};
  return {settings.mru, method, std::nullopt};
}

std::uint32_t mppe_bits(mppe::Strength strength) {
  switch (strength) {
    case mppe::Strength::bits40:
      return ppp::MppeBits::k40;
    case mppe::Strength::bits56:
      return ppp::MppeBits::k56;
    case mppe::Strength::bits128:
      return ppp::MppeBits::k128;
  }
  return ppp::MppeBits::k128;
}

std::unique_ptr<auth::LoginExchange> begin_login(const LinkSettings& settings, std::uint8_t number,
                                                 const crypto::Library& library,
                                                 RandomSource& random, Instant now) {
  if (settings.we_are_client()) {
    return std::make_unique<auth::ChapPeer>(
        auth::ChapPeer::Settings{*settings.log_in_as, settings.restart}, library, random, now);
  }
  return std::make_unique<auth::ChapAuthenticator>(
      auth::ChapAuthenticator::Settings{settings.server_name, settings.restart, number}, random,
      now);
}

}  // namespace upptpd::session
