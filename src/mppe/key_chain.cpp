#include "mppe/key_chain.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "crypto/sha1.hpp"

namespace upptpd::mppe {

KeyChain::KeyChain(Strength strength, const Secret<16>& start_key)
    : strength_(strength), start_(start_key), newest_(start_key) {
  // The initial session key: nothing is encrypted for that.
  const crypto::Sha1Message first = message();
  crypto::Sha1Digest digest = crypto::sha1({first.contents()});
  std::copy_n(digest.begin(), size(), newest_.overwrite().begin());
  weaken(newest_.overwrite());
  wipe(digest);
}

// GetNewKeyFromSHA: start key, SHSpad1, session key, SHSpad2.
crypto::Sha1Message KeyChain::message() const {
  crypto::Sha1Message message(size() + kShaPad1.size() + size() + kShaPad2.size());
  const MutableView contents = message.contents();
  std::ranges::copy(View(start_.reveal()).first(size()), contents.begin());
  std::ranges::copy(newest(), newest_in(message).begin());
  std::ranges::copy(kShaPad2, contents.last(kShaPad2.size()).begin());
  return message;
}

MutableView KeyChain::newest_in(crypto::Sha1Message& message) const {
  return message.contents().subspan(size() + kShaPad1.size(), size());
}

// The weaker strengths begin with octets that everybody knows.
void KeyChain::weaken(MutableView octets) const {
  switch (strength_) {
    case Strength::bits40:
      octets[0] = 0xd1;
      octets[1] = 0x26;
      octets[2] = 0x9e;
      break;
    case Strength::bits56:
      octets[0] = 0xd1;
      break;
    case Strength::bits128:
      break;
  }
}

void KeyChain::use(MutableView octets) {
  check(octets.size() == size());
  weaken(octets);
  std::ranges::copy(octets, newest_.overwrite().begin());
}

}  // namespace upptpd::mppe
