#include "admin/session_row.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace upptpd::admin {

nlohmann::json to_json(const std::vector<SessionRow>& rows) {
  nlohmann::json list = nlohmann::json::array();
  for (const SessionRow& row : rows) {
    list.push_back({{"user", row.user},
                    {"peer_ip", row.peer_ip},
                    {"client_ip", row.client_ip},
                    {"since", row.since},
                    {"bytes_in", row.bytes_in},
                    {"bytes_out", row.bytes_out},
                    {"packets_in", row.packets_in},
                    {"packets_out", row.packets_out},
                    {"encryption", row.encryption},
                    {"call_id", row.call_id}});
  }
  return list;
}

std::string to_table(const nlohmann::json& rows) {
  constexpr std::array<const char*, 6> kColumns{"user",  "client_ip", "peer_ip",
                                                "since", "bytes_in",  "bytes_out"};
  std::vector<std::array<std::string, kColumns.size()>> cells(1);
  std::ranges::copy(kColumns, cells[0].begin());
  for (const auto& row : rows) {
    auto& line = cells.emplace_back();
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      const auto& value = row.at(kColumns[i]);
      line[i] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  std::array<std::size_t, kColumns.size()> widths{};
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string table;
  for (const auto& line : cells) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += line[i] + std::string(widths[i] - line[i].size() + 2, ' ');
    }
    table += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return table;
}

}  // namespace upptpd::admin
