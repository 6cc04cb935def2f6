// SHA-1 over several pieces, without an allocation: one runs per packet in stateless MPPE.
#pragma once

#include <array>
#include <initializer_list>

#include "core/bytes.hpp"

namespace upptpd::crypto {

using Sha1Digest = std::array<std::uint8_t, 20>;

/// The digest of the pieces, one after the other.
Sha1Digest sha1(std::initializer_list<View> pieces);

}  // namespace upptpd::crypto
