#include "mppe/session_key.hpp"

#include "crypto/sha1.hpp"

namespace upptpd::mppe {

void SessionKey::change() {
  const crypto::Sha1Message message = chain_.message();
  crypto::Sha1Digest digest = crypto::sha1({message.contents()});
  const MutableView key = MutableView(digest).first(chain_.size());
  rc4_.set_key(key);
  rc4_.apply(key);
  chain_.use(key);
  wipe(digest);
}

}  // namespace upptpd::mppe
