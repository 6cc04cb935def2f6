// What CCP has agreed on for one direction. RFC 3078 sections 2.1 and 7.
#pragma once

#include "mppe/master_keys.hpp"

namespace upptpd::mppe {

struct Mode {
  Strength strength = Strength::bits128;
  /// A new key for each packet; otherwise one for 256, and the key stream goes on from packet to
  /// packet.
  bool stateless = true;

  friend bool operator==(const Mode&, const Mode&) = default;
};

}  // namespace upptpd::mppe
