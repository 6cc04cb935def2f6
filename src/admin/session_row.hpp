// One session as the admin socket lists it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace upptpd::admin {

struct SessionRow {
  std::string user;
  std::string peer_ip;
  std::string client_ip;
  /// When traffic began to flow, ISO 8601 in UTC.
  std::string since;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::string encryption;
  std::uint16_t call_id = 0;
};

/// An array of objects with the members above as keys.
nlohmann::json to_json(const std::vector<SessionRow>& rows);
/// The same for a person: a table with aligned columns.
std::string to_table(const nlohmann::json& rows);

}  // namespace upptpd::admin
