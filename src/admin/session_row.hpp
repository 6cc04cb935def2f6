// One session as the admin socket lists it, and the list as a person sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace upptpd::admin {

struct SessionRow {
  std::string user;
  std::string peer_ip;
  std::string client_ip;
  /// When traffic began to flow, and how long ago that is.
  std::chrono::system_clock::time_point since;
  std::chrono::seconds up{};
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::string encryption;
  std::uint16_t call_id = 0;
  /// "MS-CHAPv2"
  std::string authentication;
  /// Which client it is, and the name that its computer gives itself; empty where it doesn't tell.
  std::string client;
  std::string computer;
};

/// An array of objects as docs/admin-protocol.md has them.
nlohmann::json to_json(const std::vector<SessionRow>& rows);

/// A table for a terminal of 80 columns, by user and address. `rows` is what `to_json` makes; what
/// is missing in it is empty in the table.
std::string to_table(const nlohmann::json& rows);

}  // namespace upptpd::admin
