// SHA-1 of several short messages at a time. RFC 3079 section 3.3: MPPE's keys come from such.
#pragma once

#include <array>
#include <span>

#include "crypto/processor.hpp"
#include "crypto/sha1_message.hpp"

namespace upptpd::crypto {

/// The first 16 octets of a digest, which is what MPPE takes of it.
using Sha1First16 = std::array<std::uint8_t, 16>;

/// Of each message. `digests` has the size of `messages`.
void sha1_of_each(ProcessorFeatures features, std::span<const Sha1Message> messages,
                  std::span<Sha1First16> digests);

}  // namespace upptpd::crypto
