// What one session has carried.
#pragma once

#include <cstdint>

#include "core/drop_reason.hpp"

namespace upptpd::session {

/// Inner IP packets and their octets; "in" is from the peer.
struct Statistics {
  std::uint64_t packets_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_out = 0;
  DropCounters drops;
};

}  // namespace upptpd::session
