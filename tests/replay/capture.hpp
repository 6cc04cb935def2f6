// Reads what was recorded between a PPTP client and its server: DIR/replay/NAME.jsonl, one JSON
// object a line, and DIR/credentials.tsv.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace upptpd::replay {

/// One PPTP control message, or one GRE packet.
struct CapturedItem {
  /// Seconds since the capture began.
  double time = 0;
  bool from_client = false;
  bool control = false;
  /// GRE: the receiver's call id, the sequence number (none: an acknowledgment alone).
  std::uint16_t call_id = 0;
  std::optional<std::uint32_t> sequence{};
  /// The whole control message, or the PPP frame.
  Bytes octets{};
};

using Capture = std::vector<CapturedItem>;

/// Lines that say nothing we understand are left out; fails if nothing is left.
Result<Capture> read_capture(const std::filesystem::path& file);

struct Login {
  std::string user{};
  std::string password{};
};
/// By the capture's name.
using Credentials = std::multimap<std::string, Login>;

/// Empty if there is no such file.
Credentials read_credentials(const std::filesystem::path& file);

}  // namespace upptpd::replay
