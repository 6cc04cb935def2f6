#include "admin/session_row.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "admin/json_field.hpp"
#include "admin/terminal_text.hpp"
#include "core/human.hpp"
#include "core/ip_address.hpp"

namespace upptpd::admin {
namespace {

constexpr std::size_t kScreen = 80;
constexpr std::size_t kGap = 2;
/// Below this a name says nothing; the other columns never grow that far.
constexpr std::size_t kNarrowestName = 8;
constexpr std::size_t kGoodName = 16;
constexpr std::size_t kColumns = 7;
constexpr std::size_t kName = 0;
constexpr std::size_t kClient = 3;
/// From here on numbers, which stand at the right.
constexpr std::size_t kNumbers = 4;

using Cells = std::array<std::string, kColumns>;

Cells cells_of(const nlohmann::json& row) {
  constexpr std::size_t kLongestAddress = 15;
  return {text_of(row, "user"),
          shown(text_of(row, "client_ip"), kLongestAddress),
          shown(text_of(row, "peer_ip"), kLongestAddress),
          text_of(row, "client"),
          human_duration(number_of(row, "up_s")),
          human_size(number_of(row, "bytes_in")),
          human_size(number_of(row, "bytes_out"))};
}

std::vector<Cells> sorted_cells(const nlohmann::json& rows) {
  std::vector<std::tuple<std::string, Ipv4Address, Cells>> lines;
  for (const auto& row : rows) {
    const auto address = Ipv4Address::parse(text_of(row, "client_ip"));
    lines.emplace_back(text_of(row, "user"), address.value_or(Ipv4Address()), cells_of(row));
  }
  std::ranges::sort(lines);
  std::vector<Cells> cells = {{"USER", "ADDRESS", "FROM", "CLIENT", "UP", "IN", "OUT"}};
  for (auto& [user, address, line] : lines) cells.push_back(std::move(line));
  return cells;
}

}  // namespace

nlohmann::json to_json(const std::vector<SessionRow>& rows) {
  nlohmann::json list = nlohmann::json::array();
  for (const SessionRow& row : rows) {
    list.push_back({{"user", row.user},
                    {"peer_ip", row.peer_ip},
                    {"client_ip", row.client_ip},
                    {"since", utc_text(row.since)},
                    {"up_s", static_cast<std::uint64_t>(row.up.count())},
                    {"bytes_in", row.bytes_in},
                    {"bytes_out", row.bytes_out},
                    {"packets_in", row.packets_in},
                    {"packets_out", row.packets_out},
                    {"encryption", row.encryption},
                    {"authentication", row.authentication},
                    {"client", row.client},
                    {"computer", row.computer},
                    {"call_id", row.call_id}});
  }
  return list;
}

std::string to_table(const nlohmann::json& rows) {
  if (!rows.is_array() || rows.empty()) return "No sessions.\n";
  std::vector<Cells> lines = sorted_cells(rows);
  std::array<std::size_t, kColumns> widths{};
  std::size_t total = (kColumns - 1) * kGap;
  for (std::size_t i = 0; i < kColumns; ++i) {
    for (const Cells& line : lines) {
      const bool is_theirs = i == kName || i == kClient;
      const std::string text = is_theirs ? shown(line[i], kScreen) : line[i];
      widths[i] = std::max(widths[i], displayed_width(text));
    }
    total += widths[i];
  }
  // A long name gives way first, then what clients say of themselves, then names again.
  constexpr std::pair<std::size_t, std::size_t> kGivesWay[] = {
      {kName, kGoodName}, {kClient, 0}, {kName, kNarrowestName}};
  for (const auto& [column, least] : kGivesWay) {
    const std::size_t excess = total > kScreen ? total - kScreen : 0;
    const std::size_t wanted = widths[column] - std::min(excess, widths[column]);
    const std::size_t width = std::max(wanted, std::min(least, widths[column]));
    total -= widths[column] - width;
    widths[column] = width;
  }
  for (Cells& line : lines) {
    line[kName] = shown(line[kName], widths[kName]);
    line[kClient] = widths[kClient] == 0 ? "" : shown(line[kClient], widths[kClient]);
  }
  std::string table;
  for (const Cells& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (i > 0) text.append(kGap, ' ');
      text += i < kNumbers ? left(line[i], widths[i]) : right(line[i], widths[i]);
    }
    table += text + "\n";
  }
  return table;
}

}  // namespace upptpd::admin
