// OpenSSL's algorithms, loaded once for all tests of a program.
#pragma once

#include "crypto/library.hpp"

namespace upptpd {

inline const crypto::Library& library() {
  static const crypto::Library loaded = crypto::Library::load().value();
  return loaded;
}

}  // namespace upptpd
